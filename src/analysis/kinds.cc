#include "analysis/kinds.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {
namespace {

using Words = std::vector<std::string>;

double weigh(const std::vector<catalog::Kind::Word>& list, const Words& words) {
  double sum = 0;
  for (const catalog::Kind::Word& word : list) {
    if (has_phrase(words, word.phrase)) sum += word.weight;
  }
  return sum;
}

void append(Words& words, std::string_view text) {
  for (std::string& word : split_words(text)) words.push_back(std::move(word));
  words.emplace_back("|");  // phrases do not reach from one identifier into the next
}

}  // namespace

std::vector<KindScore> rank_kinds(const Draft& draft, const Context& context) {
  const catalog::Catalog& catalog = context.catalog;
  Words name;
  append(name, draft.site.name);
  Words owner;
  append(owner, draft.site.owner);
  // The file's name and folder say what it is about; the folders above hardly do.
  std::string_view path = draft.site.path;
  const auto slash = path.rfind('/');
  std::string_view file = slash == std::string_view::npos ? path : path.substr(slash + 1);
  append(owner, file.substr(0, file.rfind('.')));
  if (slash != std::string_view::npos) {
    std::string_view folder = path.substr(0, slash);
    folder = folder.substr(folder.rfind('/') == std::string_view::npos ? 0 : folder.rfind('/') + 1);
    append(owner, folder);
  }
  Words type;
  append(type, draft.type_text);
  Words methods;
  for (const FunctionId writer : draft.writers) append(methods, context.program.name_of_function(writer));
  Words operations(draft.operations.begin(), draft.operations.end());

  const double by_name = catalog.policy("kind_name_factor");
  const double by_type = catalog.policy("kind_type_factor");
  const double by_owner = catalog.policy("kind_owner_factor");
  const double by_method = catalog.policy("kind_method_factor");
  const double by_operation = catalog.policy("kind_operation_factor");
  std::vector<KindScore> scores;
  for (const catalog::Kind& kind : catalog.kinds()) {
    double score = by_name * weigh(kind.name_words, name) + by_type * weigh(kind.type_words, type) +
                   by_owner * weigh(kind.owner_words, owner) + by_method * weigh(kind.method_words, methods);
    for (const catalog::Kind::Word& word : kind.operations) {
      if (std::find(operations.begin(), operations.end(), word.phrase) != operations.end()) {
        score += by_operation * word.weight;
      }
    }
    scores.push_back({&kind, score, 0});
  }
  std::stable_sort(scores.begin(), scores.end(),
                   [](const KindScore& a, const KindScore& b) { return a.score > b.score; });
  for (std::size_t i = 0; i + 1 < scores.size(); ++i) scores[i].margin = scores[i].score - scores[i + 1].score;
  return scores;
}

KindScore classify(const Draft& draft, const Context& context) {
  const std::vector<KindScore> scores = rank_kinds(draft, context);
  if (scores.empty() || scores.front().score < context.catalog.policy("kind_min_score")) return {};
  return scores.front();
}

}  // namespace detoy::analysis
