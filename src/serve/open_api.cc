#include "serve/open_api.h"

#include "serve/request_schema.h"

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

json content(std::string_view type, const json& schema, const json& example) {
  return {{std::string(type), {{"schema", schema}, {"example", example}}}};
}

json refused(std::string_view description) {
  return {{"description", description},
          {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
}

// What is asked for with GET.
json others() {
  const auto answers = [](std::string_view type, std::string_view summary) {
    return json{
        {"summary", summary},
        {"security", json::array()},
        {"responses", {{"200", {{"description", "Yes."}, {"content", {{std::string(type), json::object()}}}}}}}};
  };
  json ready = answers("application/json", "Whether work may be sent here.");
  ready["responses"]["503"] = {{"description", "No; the reasons are told."},
                               {"content", {{"application/json", json::object()}}}};
  const auto parameter = [](std::string_view name, std::string_view in, bool required, std::string_view what) {
    return json{
        {"name", name}, {"in", in}, {"required", required}, {"description", what}, {"schema", {{"type", "string"}}}};
  };
  const json stream = {
      {"operationId", "event_stream"},
      {"tags", {"event"}},
      {"summary", "Events of a topic as they come, as server-sent events."},
      {"parameters",
       {parameter("topic", "query", true, "The topic."), parameter("key", "query", false, "Only events of this key."),
        parameter("after", "query", false, "The position behind which to begin; else with what comes from now on."),
        parameter("Last-Event-ID", "header", false, "The same, as browsers send it when they come again.")}},
      {"responses",
       {{"200", {{"description", "A stream that does not end."}, {"content", {{"text/event-stream", json::object()}}}}},
        {"400", refused("The request is not valid; the detail says why.")},
        {"401", refused("There is no valid API key.")},
        {"403", refused("The key is not for this primitive.")},
        {"503", refused("Too many streams are open already.")}}}};
  return {{"/livez", {{"get", answers("application/json", "Whether the process answers.")}}},
          {"/readyz", {{"get", ready}}},
          {"/metrics", {{"get", answers("text/plain", "For Prometheus.")}}},
          {"/openapi.json", {{"get", answers("application/json", "This description.")}}},
          {"/v1/event/stream", {{"get", stream}}}};
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
        {"requestBody", {{"required", true}, {"content", content("application/json", request_schema(route), request)}}},
        {"responses",
         {{"200", {{"description", "Done."}, {"content", content("application/json", schema_of(reply), reply)}}},
          {"400", refused("The request is not valid; the detail says why.")},
          {"401", refused("There is no valid API key.")},
          {"403", refused("The key is not for this primitive.")},
          {"409", refused("What is stored does not allow it.")},
          {"412", refused("The record has another version than If-Match says.")},
          {"413", refused("The body is too large.")},
          {"415", refused("The body is not application/json.")},
          {"431", refused("The header is too large.")},
          {"500", refused("A defect, or a disk that fails; the server's log says more.")},
          {"503", refused("Too busy, or the store cannot be reached: try again.")}}}};
  }
  paths.update(others());
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
