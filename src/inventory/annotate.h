// What only the text can tell: the snippets of evidence, and suppressions in comments.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "inventory/inventory.h"

namespace detoy::inventory {

// The text of a file, or nothing if it cannot be read any more.
using ReadText = std::function<std::optional<std::string>(std::string_view path)>;

// Fills snippets, and takes `detoy: accept <kind> -- <reason>` in a comment on a site's line, or alone on the line
// above, as a suppression. A suppression without a reason is a warning and suppresses nothing.
void annotate(Inventory& inventory, const ReadText& read);

}  // namespace detoy::inventory
