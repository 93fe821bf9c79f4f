// The text of one SQL statement, in the dialects of the engines.
#pragma once

#include <string_view>

namespace detoy::foundation {

// Parameters are $1, $2, ... in both dialects. Declare statements `static constexpr`, since engines keep what they
// prepared by the text's address.
struct Statement {
  // NOLINTNEXTLINE(google-explicit-constructor): most statements are the same in both dialects
  constexpr Statement(const char* both) : sqlite(both), postgres(both) {}
  constexpr Statement(const char* for_sqlite, const char* for_postgres) : sqlite(for_sqlite), postgres(for_postgres) {}

  const char* sqlite;
  const char* postgres;
};

}  // namespace detoy::foundation
