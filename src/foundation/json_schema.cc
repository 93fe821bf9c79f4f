// The only file that knows the validator. It reports by exceptions, which stay here.
#include "foundation/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "foundation/entity_document.h"

namespace detoy::foundation {
namespace {

using valijson::adapters::Adapter;
using Node = valijson::adapters::NlohmannJsonAdapter;

// Enough for a document of 1 MiB, and less than a second.
constexpr std::int64_t most_steps = 500'000;
// Of the second time, which is to tell what is wrong: each step may give an error that is kept.
constexpr std::int64_t most_steps_for_errors = 50'000;

class TooManySteps final : public std::exception {
 public:
  const char* what() const noexcept override { return "too many steps"; }
};

// Stands first in each schema: counts, and does what the validator does wrong or not at all.
class Step final : public valijson::constraints::PolyConstraint {
 public:
  Step(const Adapter& settings, std::int64_t& left) : left_(&left) {
    settings.applyToObject([this](const std::string& name, const Adapter& value) {
      if (name == "weight") weight_ = value.asInteger();
      if (name == "unique") unique_ = value.asBool();
      if (name == "multiple_of") multiple_of_ = value.asDouble();
      if (name == "multiple_of" && value.isInteger()) whole_multiple_of_ = value.asInteger();
      return true;
    });
  }

  bool validate(const Adapter& target, const std::vector<std::string>& context,
                valijson::ValidationResults* results) const override {
    std::int64_t steps = weight_;
    if (target.isString()) steps += static_cast<std::int64_t>(target.asString().size() / 64);
    if (unique_ && target.isArray()) {
      const auto size = static_cast<std::int64_t>(target.getArraySize());
      steps += size * size / 2;
    }
    *left_ -= steps;
    if (*left_ < 0) throw TooManySteps();
    if (multiple_of_ == 0 || !target.isNumber() || is_multiple(target)) return true;
    if (results != nullptr) results->pushError(context, fmt::format("Value should be a multiple of {}", multiple_of_));
    return false;
  }

 private:
  bool is_multiple(const Adapter& target) const {
    if (target.isInteger() && whole_multiple_of_ != 0) return target.getInteger() % whole_multiple_of_ == 0;
    // 0.3 is a multiple of 0.1 to people, though not to the bits of the numbers.
    const double ratio = target.getNumber() / multiple_of_;
    return std::isfinite(ratio) && std::abs(ratio - std::round(ratio)) <= 1e-9 * std::max(1.0, std::abs(ratio));
  }
  Constraint* cloneInto(void* place) const override { return new (place) Step(*this); }
  std::size_t sizeOf() const override { return sizeof(Step); }

  std::int64_t* left_;
  std::int64_t weight_ = 1;
  bool unique_ = false;
  double multiple_of_ = 0;  // 0: anything will do
  std::int64_t whole_multiple_of_ = 0;
};

class StepBuilder final : public valijson::ConstraintBuilder {
 public:
  explicit StepBuilder(std::int64_t& left) : left_(left) {}
  valijson::constraints::Constraint* make(const Adapter& settings) const override { return new Step(settings, left_); }

 private:
  std::int64_t& left_;
};

// May throw.
void populate(const Json& compiled, valijson::Schema& schema, std::int64_t& left) {
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.addConstraintBuilder(json_schema::step_keyword, std::make_unique<StepBuilder>(left).release());
  // Without a function that fetches, references to other documents are errors.
  parser.populateSchema(Node(compiled), schema);
}

// May throw. Asked for errors, the validator goes on after the first one.
bool matches(const Json& compiled, const Json& document, std::int64_t steps, valijson::ValidationResults* results) {
  std::int64_t left = steps;
  valijson::Schema schema;
  populate(compiled, schema, left);
  return valijson::Validator().validate(schema, Node(document), results);
}

// "/items/0/price" for the validator's "<root>", "[items]", "[0]", "[price]".
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i) {
    pointer += '/';
    const std::string& part = context[i];
    for (std::size_t c = 1; c + 1 < part.size(); ++c) {
      if (part[c] == '~') {
        pointer += "~0";
      } else if (part[c] == '/') {
        pointer += "~1";
      } else {
        pointer += part[c];
      }
    }
  }
  return pointer;
}

Result<void> refuse(const valijson::ValidationResults& results) {
  // The first one is the innermost one: the others tell of what it is in.
  if (results.numErrors() == 0) return fail(ErrorCategory::usage, "the document does not match the schema of its type");
  const auto& first = *results.begin();
  const std::string pointer = pointer_of(first.context);
  return fail(ErrorCategory::usage,
              fmt::format("{}: {}", pointer.empty() ? "the document" : shown(pointer), shown(first.description)));
}

}  // namespace

Result<Json> compile_schema(std::string_view schema) {
  if (schema.empty()) return Json(true);
  const auto parsed = parse_document("the schema", schema, largest_schema);
  if (!parsed) return std::unexpected(parsed.error());
  auto compiled = json_schema::rewrite(*parsed);
  if (!compiled) return compiled;
  try {
    std::int64_t left = most_steps;
    valijson::Schema populated;
    populate(*compiled, populated, left);
  } catch (const std::exception& error) {
    return fail(ErrorCategory::usage, fmt::format("the schema is refused: {}", shown(error.what())));
  }
  return compiled;
}

Result<void> check_document(const Json& compiled, const Json& document) {
  if (compiled.is_boolean() && compiled.get<bool>()) return {};
  valijson::ValidationResults results;
  try {
    if (matches(compiled, document, most_steps, nullptr)) return {};
    matches(compiled, document, most_steps_for_errors, &results);
  } catch (const TooManySteps&) {
    if (results.numErrors() == 0)
      return fail(ErrorCategory::usage, "it takes too long to compare the document with the schema of its type");
  } catch (const std::exception& error) {
    return fail(ErrorCategory::internal, fmt::format("the schema cannot be used: {}", shown(error.what())));
  }
  return refuse(results);
}

}  // namespace detoy::foundation
