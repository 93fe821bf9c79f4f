// The vocabulary as data: kinds, libraries, domain words, policy. Read from catalog/*.yaml (compiled in) and extended
// or overridden by a project's detoy.yaml. Mechanism asks the catalog; it never names a library or a kind's words
// itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/language.h"
#include "base/result.h"

namespace detoy::catalog {

enum class Risk : std::uint8_t { low, medium, high, critical };

// A state kind: how it is recognised and what is said of it. catalog/kinds/<name>.yaml, one file per kind.
struct Kind {
  std::string name;
  std::string title;           // "Rate limit"
  std::string what;            // half a sentence: "token buckets, windows and counters per caller"
  bool toy_by_default = true;  // false: metrics, connection, registry, lazy_singleton
  Risk risk = Risk::high;      // of a toy, before domain words
  std::string primitive;
  std::string action;              // imperative sentence; {name} and {owner} are replaced
  std::string on_restart;          // sentence about what is lost
  std::string on_second_instance;  // sentence about what goes wrong
  std::string why;                 // sentence pattern: "{name} ..." used when nothing more precise is known
  // Weighted words. Identifiers are split into lower-case words (rateLimitStore: rate, limit, store); a phrase "rate
  // limit" matches consecutive words; a word also matches its plural. Weight says how strongly it speaks for this kind.
  struct Word {
    std::string phrase;
    double weight = 1;

    bool operator==(const Word&) const = default;
  };
  std::vector<Word> name_words;    // in the variable's own name
  std::vector<Word> owner_words;   // in its class, function, file and folder names (counted at half)
  std::vector<Word> type_words;    // in its type and type arguments
  std::vector<Word> method_words;  // in the names of the functions that change it or read it (counted at half)
  std::vector<Word> operations;  // what is done to it, see docs/verdicts.md: push, shift, set, increment, timestamp...
  std::vector<std::string> foundation;  // modules of the durable replacement

  bool operator==(const Kind&) const = default;
};

// A way that a library shows itself in code. catalog/libraries/<theme>.yaml.
struct Library {
  enum class Effect : std::uint8_t {
    state,       // keeps state in the process: a site of `kind`
    durable,     // a client of something shared; writes through it make state durable
    claim,       // mutual exclusion across instances (advisory locks, SKIP LOCKED, redlock)
    upsert,      // a write that leaves the same when it is done again
    timer,       // schedules work in the process
    task,        // starts work that nobody waits for
    event_bus,   // in-process publish/subscribe
    endpoint,    // registers a request handler
    startup,     // runs its function once at start
    injectable,  // makes the class a process-lived component (NestJS provider, Spring bean)
    metrics,     // process-local statistics that a scraper reads
    external,    // has an effect outside: HTTP call, mail, message
    local_file,  // writes to the local disk
    ui,          // only in browsers or on phones
    test,        // only in tests
    lock,        // mutual exclusion within the process
    memo,        // remembers results of a function
    cleanup,     // no data: logging etc.
  };
  std::string name;  // for people: "express-rate-limit"
  Effect effect = Effect::state;
  std::vector<Language> languages;      // empty: all
  std::vector<std::string> packages;    // module sources it is imported from; "redis*" matches a prefix; empty: any
  std::vector<std::string> symbols;     // imported names, or what is called on the module ("default" for a default
                                        // import); "Type.method" for a call; empty: anything from the package
  std::vector<std::string> decorators;  // decorator or attribute names
  std::vector<std::string> literals;    // substrings of string literals, case-insensitive ("skip locked")
  std::vector<std::string> settings;    // state: names of settings whose value chooses it ("CACHES"); one of `literals`
                                        // there is a site, a literal without '.' and ':' only if it is the whole value
  std::vector<std::string> types;       // names of types, where the import cannot be followed
  std::vector<std::string> globals;  // global functions and objects that need no import ("setInterval", "fs.writeFile")
  std::string kind;                  // state: the site's kind
  bool on_disk = false;              // state: it is in a file, however short the object lives that opens it
  std::vector<std::string> durable_options;   // state: option names whose presence makes it shared ("store", "storage")
  std::vector<std::string> durable_values;    // state: words in arguments that make it shared ("redis", "postgres")
  std::vector<std::string> needed_options;    // state: option names without any of which it keeps nothing ("uploadDir")
  std::vector<std::string> fallback_options;  // state: option names under which it only helps out while a shared store
                                              // is gone ("insuranceLimiter")
  std::vector<std::string> durable_packages;  // state: packages whose import makes it shared, wherever it stands
  std::vector<std::string> overridden_by;  // state: "Base.method"; a class that replaces it keeps the state elsewhere
  std::vector<std::string> used_through;   // members of Base that lead to the library's own state
  std::optional<bool> toy;                 // state: overrides the kind's default
  std::optional<Risk> risk;
  std::string durable_by;  // what makes it durable, for people: "pass a RedisStore as `store`"
  std::string why;         // one sentence

  bool operator==(const Library&) const = default;
};

// Words of a business domain that raise the risk. catalog/domains.yaml
struct Domain {
  std::string name;  // money, auth, compliance, records...
  Risk at_least = Risk::high;
  std::vector<std::string> words;
  std::vector<std::string> kinds;  // only these kinds; empty: all

  bool operator==(const Domain&) const = default;
};

// A suppression from detoy.yaml.
struct Suppression {
  std::string path;    // gitignore pattern; "" any
  std::string name;    // site name; "" any
  std::string kind;    // "" any
  std::string reason;  // required
};

// What a project's detoy.yaml says beyond catalog data.
struct Project {
  std::vector<std::string> exclude;
  std::vector<std::string> include;
  std::vector<std::pair<std::string, std::string>> roles;  // pattern -> role name
  std::vector<Suppression> suppressions;
};

class Catalog {
 public:
  // The built-in catalog. An error here is a defect of the build, which checks the files as it compiles them.
  static Result<Catalog> built_in();
  // Adds a project's detoy.yaml. The error names the file and the line.
  Result<Project> extend(std::string_view yaml, const std::string& path);

  const Kind* kind(std::string_view name) const;
  const std::vector<Kind>& kinds() const { return kinds_; }
  const std::vector<Library>& libraries() const { return libraries_; }
  const std::vector<Domain>& domains() const { return domains_; }
  // Named word lists for the analysis: catalog/words.yaml ("test_doubles": [mock, fake, stub...]).
  const std::vector<std::string>& words(std::string_view list) const;
  // Policy numbers: catalog/policy.yaml.
  double policy(std::string_view name) const;

  bool operator==(const Catalog&) const = default;

 private:
  friend class Reader;
  std::vector<Kind> kinds_;
  std::vector<Library> libraries_;
  std::vector<Domain> domains_;
  // Asked for in the middle of the analysis: found by a hash, without a copy of the name.
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::vector<std::string>, TextHash, std::equal_to<>> words_;
  std::map<std::string, double, std::less<>> policy_;
};

}  // namespace detoy::catalog
