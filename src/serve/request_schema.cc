#include "serve/request_schema.h"

#include "serve/event_bell.h"
#include "serve/waiting_room.h"

namespace detoy::serve {
namespace {

// No handler gets so far.
class NoEngine final : public foundation::Engine {
 protected:
  Result<void> write_unit(foundation::Durability /*durability*/, const Unit& /*unit*/) override { return none(); }
  Result<void> read_unit(const Unit& /*unit*/) override { return none(); }

 private:
  static Result<void> none() { return fail(ErrorCategory::internal, "there is no store behind a description"); }
};

class NoCalls final : public OtherCalls {
 public:
  Result<const Route*> find(std::string_view /*name*/) const override { return nullptr; }
  foundation::Place place(const Route& /*route*/, foundation::Engine& engine) const override { return engine; }
};

}  // namespace

nlohmann::json request_schema(const Route& route) {
  nlohmann::json schema;
  const nlohmann::json body = nlohmann::json::object();
  NoEngine engine;
  WaitingRoom room(0);
  EventBell bell;
  const NoCalls others;
  Call call{engine, engine, "", body, room, bell, others, {}, &schema};
  (void)route.handle(call);
  return schema;
}

}  // namespace detoy::serve
