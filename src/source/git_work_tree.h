// What Git keeps about a work tree, read straight from its files.
#pragma once

#include <string>
#include <vector>

#include "source/source.h"

namespace detoy::source {

// Ignore rules from outside the scanned folder. `prefix` is the way from the rules' folder to the scanned one ("" or
// ending in '/'): a path must be put after it to be matched.
struct OuterRules {
  IgnoreRules rules;
  std::string prefix;
};

struct WorkTree {
  std::string commit;  // full hash of HEAD, "" when there is none yet
  std::vector<OuterRules>
      rules;  // .git/info/exclude, then the .gitignore files of the folders above; the last one wins
};

// The work tree that `folder` lies in; an empty one outside Git. When the folder itself is ignored there, the rules are
// left out: whoever names an ignored folder wants to see what is in it.
WorkTree find_work_tree(const std::string& folder);

}  // namespace detoy::source
