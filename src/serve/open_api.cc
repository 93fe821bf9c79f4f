#include "serve/open_api.h"

namespace detoy::serve {
namespace {

using nlohmann::json;

// The schema that an example fits: types and members, without bounds, which the server tells when they are passed.
json schema_of(const json& example) {
  if (example.is_object()) {
    json schema = {{"type", "object"}, {"properties", json::object()}};
    for (const auto& [name, value] : example.items()) schema["properties"][name] = schema_of(value);
    return schema;
  }
  if (example.is_array())
    return {{"type", "array"}, {"items", example.empty() ? json::object() : schema_of(example.front())}};
  if (example.is_boolean()) return {{"type", "boolean"}};
  if (example.is_number_integer()) return {{"type", "integer"}, {"format", "int64"}};
  if (example.is_number()) return {{"type", "number"}};
  return {{"type", "string"}};
}

json content(std::string_view type, const json& example) {
  return {{std::string(type), {{"schema", schema_of(example)}, {"example", example}}}};
}

json refused(std::string_view description) {
  return {{"description", description},
          {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
}

}  // namespace

json open_api(std::span<const Route> routes) {
  json paths = json::object();
  json tags = json::array();
  for (const Route& route : routes) {
    if (tags.empty() || tags.back()["name"] != route.primitive) tags.push_back({{"name", route.primitive}});
    const json request = json::parse(route.request_example);
    const json reply = json::parse(route.reply_example);
    paths[route.path()]["post"] = {
        {"operationId", std::string(route.primitive) + "_" + std::string(route.call)},
        {"tags", {route.primitive}},
        {"summary", route.summary},
        {"requestBody", {{"required", true}, {"content", content("application/json", request)}}},
        {"responses",
         {{"200", {{"description", "Done."}, {"content", content("application/json", reply)}}},
          {"400", refused("The request is not valid; the detail says why.")},
          {"401", refused("There is no valid API key.")},
          {"403", refused("The key is not for this primitive.")},
          {"409", refused("What is stored does not allow it.")},
          {"503", refused("Too busy, or the store cannot be reached: try again.")}}}};
  }
  const json problem = {{"type", "object"},
                        {"properties",
                         {{"type", {{"type", "string"}}},
                          {"title", {{"type", "string"}}},
                          {"status", {{"type", "integer"}}},
                          {"detail", {{"type", "string"}}}}}};
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "detoy serve"},
            {"version", "1"},
            {"description", "Durable primitives: what replaces state in the memory of one process."}}},
          {"security", {{{"key", json::array()}}}},
          {"tags", tags},
          {"paths", paths},
          {"components",
           {{"schemas", {{"Problem", problem}}},
            {"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace detoy::serve
