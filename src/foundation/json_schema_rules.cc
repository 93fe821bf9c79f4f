// Which schemas are accepted, and what is made of them for the validator.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "foundation/entity_document.h"
#include "foundation/json_schema.h"

namespace detoy::foundation::json_schema {
namespace {

constexpr int deepest_chain = 16;
constexpr int deepest_definitions = 256;

constexpr std::array annotations =
    std::to_array<std::string_view>({"title", "description", "default", "examples", "$comment", "readOnly", "writeOnly",
                                     "deprecated", "format", "contentEncoding", "contentMediaType"});
constexpr std::array single = std::to_array<std::string_view>(
    {"items", "additionalItems", "additionalProperties", "contains", "not", "if", "then", "else"});
constexpr std::array lists = std::to_array<std::string_view>({"allOf", "anyOf", "oneOf"});
// Those that look at the same value as the schema that they stand in.
constexpr std::array in_place =
    std::to_array<std::string_view>({"not", "if", "then", "else", "allOf", "anyOf", "oneOf", "dependencies"});
constexpr std::array numbers =
    std::to_array<std::string_view>({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"});
constexpr std::array counts = std::to_array<std::string_view>(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"});
constexpr std::array types =
    std::to_array<std::string_view>({"null", "boolean", "object", "array", "number", "integer", "string"});

template <typename Words>
bool among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::size_t nodes(const Json& value) {
  std::size_t count = 1;
  if (value.is_string()) return count + value.get_ref<const std::string&>().size() / 64;
  if (value.is_structured()) {
    for (const Json& part : value) count += nodes(part);
  }
  return count;
}

int depth(const Json& value) {
  int deepest = 0;
  if (value.is_structured()) {
    for (const Json& part : value) deepest = std::max(deepest, depth(part));
  }
  return deepest + 1;
}

bool is_text_list(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& one) { return one.is_string(); });
}

class Rewriter {
 public:
  explicit Rewriter(const Json& root) : root_(root) {}

  Result<Json> run() {
    Json rewritten = schema(root_, "#");
    int together = 0;
    for (const char* group : {"definitions", "$defs"}) {
      const auto found = root_.find(group);
      if (found == root_.end()) continue;
      if (!found->is_object()) refuse(fmt::format("#/{}", group), "must be an object");
      Json all = Json::object();
      for (const auto& [name, one] : found->items()) {
        if (!is_plain(name)) refuse(fmt::format("#/{}", group), "has a name with other characters than A-Za-z0-9_.-");
        all[name] = schema(one, fmt::format("#/{}/{}", group, name));
        together += depth(one);
      }
      if (rewritten.is_object()) rewritten[group] = std::move(all);
    }
    // The root is read twice if there is a reference to it.
    Json alone = root_;
    alone.erase("definitions");
    alone.erase("$defs");
    if (together + 2 * depth(alone) > deepest_definitions)
      refuse("#", fmt::format("has definitions that are deeper than {} together", deepest_definitions));
    for (const auto& [from, to] : links_) {
      if (error_.empty()) length(from, 0);
    }
    if (!error_.empty()) return fail(ErrorCategory::usage, fmt::format("the schema is refused: {}", shown(error_)));
    return rewritten;
  }

 private:
  void refuse(const std::string& where, std::string_view reason) {
    if (error_.empty()) error_ = fmt::format("{} {}", where, reason);
  }

  static bool is_plain(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
             c == '-';
    });
  }

  Json schema(const Json& node, const std::string& where) {
    if (node.is_boolean()) return node;
    if (!node.is_object()) {
      refuse(where, "must be an object or a boolean");
      return true;
    }
    if (node.contains("$ref")) return reference(node, where);
    Json made = Json::object();
    Json all = Json::array();
    Json step = {{"weight", weight(node)}};
    if (const auto unique = node.find("uniqueItems"); unique != node.end()) {
      if (!unique->is_boolean()) refuse(where + "/uniqueItems", "must be a boolean");
      step["unique"] = *unique;
    }
    // The validator cuts off fractions before it divides.
    if (const auto multiple = node.find("multipleOf"); multiple != node.end()) {
      if (!multiple->is_number() || multiple->get<double>() <= 0)
        refuse(where + "/multipleOf", "must be greater than 0");
      step["multiple_of"] = *multiple;
    }
    all.push_back({{step_keyword, std::move(step)}});
    for (const auto& [keyword, value] : node.items()) rewrite(keyword, value, where, made, all);
    made["allOf"] = std::move(all);
    return made;
  }

  void rewrite(const std::string& keyword, const Json& value, const std::string& parent, Json& made, Json& all) {
    const std::string where = fmt::format("{}/{}", parent, keyword);
    const bool root = parent == "#";
    if (among(annotations, keyword) || (root && (keyword == "$schema" || keyword == "$id"))) return;
    if (root && (keyword == "definitions" || keyword == "$defs")) return;
    if (among(in_place, keyword)) {
      // Two links each, as from a list to its schemas.
      const bool one = among(single, keyword);
      links_[parent].push_back(one ? where + '/' : where);
      if (one) links_[where + '/'].push_back(where);
    }
    if (among(lists, keyword) || (keyword == "items" && value.is_array())) {
      Json children = list(value, where);
      if (keyword != "allOf") {
        made[keyword] = std::move(children);
      } else {
        for (Json& child : children) all.push_back(std::move(child));
      }
    } else if (among(single, keyword)) {
      made[keyword] = schema(value, where);
    } else if (keyword == "propertyNames") {
      // Below a path of its own: the validator would take it for the schema that it stands in.
      all.push_back({{keyword, schema(value, where)}});
    } else if (keyword == "properties" || keyword == "dependencies") {
      made[keyword] = members(keyword, value, where);
    } else {
      plain(keyword, value, where);
      if (keyword != "multipleOf") made[keyword] = value;
    }
  }

  Json list(const Json& value, const std::string& where) {
    Json children = Json::array();
    if (!value.is_array() || value.empty()) refuse(where, "must be an array that is not empty");
    if (!value.is_array()) return children;
    for (const Json& child : value) {
      const std::string path = fmt::format("{}/{}", where, children.size());
      links_[where].push_back(path);
      children.push_back(schema(child, path));
    }
    return children;
  }

  Json members(std::string_view keyword, const Json& value, const std::string& where) {
    Json children = Json::object();
    if (!value.is_object()) {
      refuse(where, "must be an object");
      return children;
    }
    for (const auto& [name, child] : value.items()) {
      const std::string path = fmt::format("{}/{}", where, name);
      if (keyword == "dependencies" && child.is_array()) {
        if (!is_text_list(child)) refuse(path, "must be names of members");
        children[name] = child;
        continue;
      }
      if (keyword == "dependencies") links_[where].push_back(path);
      children[name] = schema(child, path);
    }
    return children;
  }

  // Keywords that hold no schemas.
  void plain(const std::string& keyword, const Json& value, const std::string& where) {
    if (keyword == "pattern" || keyword == "patternProperties") {
      refuse(where, "is not supported: matching may take exponential time");
    } else if (keyword == "type") {
      const Json named = value.is_array() ? value : Json::array({value});
      const auto known = [](const Json& one) {
        return one.is_string() && among(types, one.get_ref<const std::string&>());
      };
      if (named.empty() || !std::all_of(named.begin(), named.end(), known)) refuse(where, "must name JSON's types");
    } else if (keyword == "enum") {
      if (!value.is_array() || value.empty()) refuse(where, "must be an array that is not empty");
    } else if (keyword == "required") {
      if (!is_text_list(value)) refuse(where, "must be names of members");
    } else if (among(numbers, keyword)) {
      if (!value.is_number()) refuse(where, "must be a number");
    } else if (among(counts, keyword)) {
      if (!value.is_number_integer() || value.get<std::int64_t>() < 0) refuse(where, "must be a whole number");
    } else if (keyword != "const" && keyword != "uniqueItems" && keyword != "multipleOf") {
      refuse(where, "is not a keyword that is supported");
    }
  }

  Json reference(const Json& node, const std::string& where) {
    for (const auto& [keyword, value] : node.items()) {
      const bool beside = keyword == "$ref" || among(annotations, keyword) ||
                          (where == "#" && (keyword == "definitions" || keyword == "$defs" || keyword == "$schema" ||
                                            keyword == "$id"));
      if (!beside) refuse(fmt::format("{}/{}", where, keyword), "has no effect beside $ref");
    }
    const Json& target = node["$ref"];
    if (!target.is_string() || !is_known(target.get_ref<const std::string&>())) {
      refuse(where + "/$ref", "must be #, or #/definitions/NAME or #/$defs/NAME of this schema");
      return true;
    }
    links_[where].push_back(target.get<std::string>());
    return {{"$ref", target}};
  }

  bool is_known(std::string_view target) const {
    if (target == "#") return true;
    for (const std::string group : {"definitions", "$defs"}) {
      const std::string prefix = fmt::format("#/{}/", group);
      if (!target.starts_with(prefix)) continue;
      const auto found = root_.find(group);
      return found != root_.end() && found->is_object() && found->contains(target.substr(prefix.size()));
    }
    return false;
  }

  // What comparing a value with this schema costs, without the schemas in it.
  static std::size_t weight(const Json& node) {
    std::size_t steps = 1;
    for (const char* keyword : {"enum", "const", "required"}) {
      if (const auto found = node.find(keyword); found != node.end()) steps += nodes(*found);
    }
    for (const char* keyword : {"properties", "dependencies", "allOf", "anyOf", "oneOf"}) {
      if (const auto found = node.find(keyword); found != node.end()) steps += found->size();
    }
    return steps;
  }

  // The most schemas that look at one value, one within the other.
  int length(const std::string& from, int above) {
    if (!error_.empty()) return 0;
    if (above > 2 * deepest_chain) {
      refuse(from, fmt::format("leads back to itself, or has more than {} schemas for one value within each other",
                               deepest_chain));
      return 0;
    }
    if (const auto known = lengths_.find(from); known != lengths_.end()) return known->second;
    int longest = 0;
    if (const auto found = links_.find(from); found != links_.end()) {
      for (const std::string& to : found->second) longest = std::max(longest, 1 + length(to, above + 1));
    }
    if (longest > 2 * deepest_chain)
      refuse(from, fmt::format("has more than {} schemas for one value within each other", deepest_chain));
    return lengths_[from] = longest;
  }

  const Json& root_;
  std::string error_;
  std::map<std::string, std::vector<std::string>> links_;
  std::map<std::string, int> lengths_;
};

}  // namespace

Result<Json> rewrite(const Json& schema) {
  return Rewriter(schema).run();
}

}  // namespace detoy::foundation::json_schema
