// The result of a scan: state sites, services, and what was noticed on the way. Plain data; its JSON is json.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace detoy::inventory {

enum class Lifetime : std::uint8_t { process, request, startup, constant };
enum class Sharing : std::uint8_t { none, partial, durable };
enum class Wiring : std::uint8_t { production, conditional, unused, unknown };
enum class Verdict : std::uint8_t { toy, acceptable };
enum class Risk : std::uint8_t { low, medium, high, critical };
enum class Confidence : std::uint8_t { low, medium, high };
enum class Readiness : std::uint8_t { ready, needs_work, stateful };

// A place in the code that supports a statement of the report.
struct Evidence {
  std::string role;  // declaration, mutation, construction, selection, durable_write, callback, guard, bound, note...
  std::string path;
  std::uint32_t line = 0;
  std::string snippet;  // the line's text, trimmed, at most 160 bytes of whole characters
  std::string note;     // what this place shows, a short phrase; may be empty
};

struct Site {
  std::string id;  // 12 hex digits; survives line moves
  std::string path;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string name;
  std::string owner;    // class, or function for a captured local; "" at module level
  std::string service;  // name of the service; "" when no service uses it
  std::string language;
  std::string kind;     // of catalog/kinds.yaml
  std::string storage;  // what holds it: "Map", "list", "boolean flag", "setInterval", "local disk"...
  Lifetime lifetime = Lifetime::process;
  Sharing sharing = Sharing::none;
  Wiring wired = Wiring::unknown;
  std::string setting;  // conditional: the setting that selects it, and its default ("REDIS_URL, unset by default")
  Verdict verdict = Verdict::toy;
  Risk risk = Risk::medium;
  Confidence confidence = Confidence::medium;
  std::string why;                 // one sentence
  std::string on_restart;          // one sentence
  std::string on_second_instance;  // one sentence
  std::string primitive;
  std::string action;
  std::string accepted_because;  // reason of a suppression (detoy.yaml or comment); "" if not suppressed
  std::vector<Evidence> evidence;
};

// One of the nine points of the stateless checklist.
struct ChecklistItem {
  std::string id;        // no_in_memory_caches, no_in_memory_queues, no_local_files, no_sticky_sessions,
                         // breaker_state_shared, rate_limit_state_shared, killable, any_instance, honest_health_check
  std::string question;  // "No in-memory caches that matter"
  bool passed = true;
  std::string answer;              // one short sentence
  std::vector<std::string> sites;  // ids of the sites that decide it
};

struct Service {
  std::string name;
  std::string path;  // folder relative to the root
  std::vector<std::string> languages;
  Readiness readiness = Readiness::ready;
  std::vector<ChecklistItem> checklist;
};

struct Warning {
  std::string path;  // "" for the run as a whole
  std::uint32_t line = 0;
  std::string message;
};

struct Summary {
  std::uint32_t files = 0;             // read and analysed
  std::uint32_t production_files = 0;  // of those, in the production role
  std::uint32_t toys = 0;
  std::uint32_t acceptable = 0;
  std::uint32_t suppressed = 0;
  std::uint32_t by_risk[4] = {0, 0, 0, 0};  // toys that are not suppressed and not unused, indexed by Risk
  std::uint32_t unused_toys = 0;            // toys that production never runs
};

struct Inventory {
  std::string root;
  std::string commit;
  std::string tool_version;
  std::vector<Site> sites;        // ordered by path, line, column, name
  std::vector<Service> services;  // ordered by path
  std::vector<Warning> warnings;  // ordered by path, line
  Summary summary;
};

// Fills `summary` from the sites; counts of files are the caller's.
void summarise(Inventory& inventory);

std::string_view to_string(Lifetime value);
std::string_view to_string(Sharing value);
std::string_view to_string(Wiring value);
std::string_view to_string(Verdict value);
std::string_view to_string(Risk value);
std::string_view to_string(Confidence value);
std::string_view to_string(Readiness value);

}  // namespace detoy::inventory
