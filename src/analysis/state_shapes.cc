// What a declaration is made of: by its type, its first value, or the names of what makes it.

#include <algorithm>

#include "analysis/state.h"
#include "analysis/type_text.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

Shape States::shape_of_name(std::string_view name) const {
  const auto found = shapes_.find(name);
  return found == shapes_.end() ? Shape::unknown : found->second;
}

Shape States::shape_of_value(FileId file, facts::Index index, std::string_view* storage, int depth) const {
  if (index == 0 || depth > 6) return Shape::unknown;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  const auto name_it = [&](std::string_view name) {
    if (storage != nullptr) *storage = name;
  };
  const bool python = program_.file(file).language == Language::python;
  switch (value.kind) {
    case ValueKind::boolean:
      name_it("boolean");
      return Shape::flag;
    case ValueKind::number:
      name_it("number");
      return Shape::counter;
    case ValueKind::string:
    case ValueKind::text_template:
      name_it("string");
      return Shape::text;
    case ValueKind::null:
      name_it("null");
      return Shape::handle;
    case ValueKind::array:
      name_it(python ? "list" : "array");
      return Shape::list;
    case ValueKind::object: {
      // An object of functions is a module in all but name.
      std::size_t functions = 0;
      std::size_t all = 0;
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        ++all;
        if (facts.values[child].kind == ValueKind::function) ++functions;
      }
      name_it(python ? "dict" : "object");
      return functions > 0 && functions * 2 >= all ? Shape::object : Shape::record;
    }
    case ValueKind::either:
    case ValueKind::unknown: {
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        const Shape shape = shape_of_value(file, child, storage, depth + 1);
        if (shape != Shape::unknown && shape != Shape::handle) return shape;
      }
      return Shape::unknown;
    }
    case ValueKind::call:
    case ValueKind::construct: {
      const facts::Call& call = facts.calls[value.ref];
      const facts::Path& path = facts.paths[call.path];
      std::vector<std::string_view> names;
      if (path.root_kind == RootKind::name) names.push_back(facts.string(path.root));
      if (path.root_kind == RootKind::declaration) names.push_back(facts.string(facts.declarations[path.root].name));
      if (path.root_kind == RootKind::declaration && program_.file(file).language == Language::rust &&
          facts.declarations[path.root].imported != 0) {
        names.back() = facts.string(facts.declarations[path.root].imported);  // use tokio::sync::Mutex as AsyncMutex
      }
      for (std::uint32_t i = 0; i < path.steps; ++i)
        names.push_back(facts.string(facts.steps[path.first_step + i].name));
      const bool imported = path.root_kind == RootKind::declaration &&
                            facts.declarations[path.root].kind == DeclarationKind::import &&
                            same_family(program_.file(file).language, Language::typescript);
      for (const std::string_view name : names) {
        if (imported) break;  // a Queue that is imported is not the language's
        const Shape shape = shape_of_name(name);
        if (shape != Shape::unknown) {
          name_it(name);
          return shape;
        }
      }
      // Arc::new(Mutex::new(HashMap::new())): look inside.
      const auto& wrappers = catalog_.words("cell_types");
      for (const std::string_view name : names) {
        if (std::find(wrappers.begin(), wrappers.end(), name) != wrappers.end() && call.first_argument != 0) {
          return shape_of_value(file, call.first_argument, storage, depth + 1);
        }
      }
      const Object object = symbols_.of_value(file, index);
      if (object.kind == Object::Kind::external) {
        name_it(program_.text(object.external.symbol));
        return Shape::external;
      }
      if (object.kind == Object::Kind::instance) {
        name_it(program_.name_of_type(object.type));
        return Shape::object;
      }
      return Shape::unknown;
    }
    default:
      return Shape::unknown;
  }
}

// def __init__(self, rooms: dict[str, Room]): self.rooms = rooms
Shape States::shape_of_given(FileId file, const facts::Declaration& field, std::string_view* storage) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[field.initial];
  if (field.kind != DeclarationKind::field || value.kind != ValueKind::path) return Shape::unknown;
  const facts::Path& path = facts.paths[value.ref];
  if (path.root_kind != RootKind::declaration || path.steps != 0) return Shape::unknown;
  const facts::Declaration& parameter = facts.declarations[path.root];
  if (parameter.kind != DeclarationKind::parameter) return Shape::unknown;
  const TypeText type = unwrap_type(facts.string(parameter.type_text), catalog_.words("cell_types"));
  const Shape shape = shape_of_name(type.head);
  if (!is_collection_shape(shape)) return Shape::unknown;
  *storage = type.head;
  return shape;
}

Shape States::shape_of(DeclarationId id, std::string_view* storage) const {
  const Place place = program_.declarations.place(id);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Declaration& declaration = facts.declarations[place.index];
  Shape typed = Shape::unknown;
  if (declaration.type_text != 0) {
    const std::string_view text = symbols_.expanded(place.file, facts.string(declaration.type_text));
    const TypeText type = unwrap_type(text, catalog_.words("cell_types"));
    typed = shape_of_name(type.head);
    if (storage != nullptr) *storage = type.head;
    if (typed == Shape::unknown && is_swapped(id)) return Shape::record;
    const bool script = same_family(program_.file(place.file).language, Language::typescript);
    if (typed == Shape::unknown || script) {
      const Object object = symbols_.of_declaration(id);
      if (script && object.kind == Object::Kind::external && object.external.package != 0) typed = Shape::unknown;
      if (typed == Shape::unknown && object.kind == Object::Kind::instance) typed = Shape::object;
      if (object.kind == Object::Kind::external && object.external.package != 0) typed = Shape::external;
    }
    if (text.starts_with('{') && typed == Shape::unknown) {
      typed = Shape::record;
      if (storage != nullptr) *storage = "object";
    }
    if (typed != Shape::unknown && typed != Shape::object) return typed;
  }
  std::string_view made_of;
  Shape initial = shape_of_value(place.file, declaration.initial, &made_of, 0);
  if (initial == Shape::unknown && typed == Shape::unknown) initial = shape_of_given(place.file, declaration, &made_of);
  if (initial == Shape::unknown || (typed == Shape::object && initial == Shape::handle)) return typed;
  if (storage != nullptr && (typed == Shape::unknown || storage->empty())) *storage = made_of;
  return initial;
}

}  // namespace detoy::analysis
