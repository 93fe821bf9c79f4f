#include "analysis/kinds.h"

#include <algorithm>
#include <array>

#include "analysis/type_text.h"
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

// The last word of a name says what the thing is, those before it say of what: tenantBranding is branding.
double weigh_name(const std::vector<catalog::Kind::Word>& list, std::string_view name, double elsewhere,
                  const std::vector<std::string>& ends) {
  Words words = split_words(name);
  static constexpr std::array containers = {"map", "list", "set", "array", "dict", "table", "by", "id"};
  while (words.size() > 1 && std::find(containers.begin(), containers.end(), words.back()) != containers.end()) {
    words.pop_back();
  }
  // usersByTenant are users; in perSession and byToken only what stands for an entry is named. What is kept by socket
  // is the socket's.
  const auto key =
      std::find_if(words.begin(), words.end(), [](const std::string& word) { return word == "by" || word == "per"; });
  if (std::none_of(key, words.end(), [&](const std::string& word) { return is_one_of(ends, word); }))
    words.erase(key, words.end());
  double sum = 0;
  for (const catalog::Kind::Word& word : list) {
    if (!has_phrase(words, word.phrase)) continue;
    const auto length = static_cast<std::size_t>(std::count(word.phrase.begin(), word.phrase.end(), ' ')) + 1;
    const Words tail(words.end() - static_cast<std::ptrdiff_t>(std::min(length, words.size())), words.end());
    sum += word.weight * (has_phrase(tail, word.phrase) ? 1 : elsewhere);
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
  // What it is of, not what holds it: Map<string, Session> speaks of sessions.
  Words type;
  for (const std::string_view part : type_names(draft.type_text)) {
    if (!context.symbols.is_built_in(part)) append(type, part);
  }
  Words methods;
  for (const FunctionId writer : draft.writers) append(methods, context.program.name_of_function(writer));
  Words operations(draft.operations.begin(), draft.operations.end());

  const double by_name = catalog.policy("kind_name_factor");
  const double elsewhere = catalog.policy("kind_modifier_factor");
  const double by_type = catalog.policy("kind_type_factor");
  const double by_owner = catalog.policy("kind_owner_factor");
  const double by_method = catalog.policy("kind_method_factor");
  const double by_operation = catalog.policy("kind_operation_factor");
  std::vector<KindScore> scores;
  const bool scalar = draft.shape == Shape::counter || draft.shape == Shape::flag || draft.shape == Shape::text ||
                      draft.shape == Shape::time || draft.shape == Shape::handle;
  // A time or a flag is nobody's session, and no key.
  const bool single = draft.shape == Shape::time || draft.shape == Shape::flag;
  // A list of what is no number counts nothing, unless a time goes with each.
  const bool list = draft.shape == Shape::list && !draft.operations.contains("numbers");
  const bool counts = std::any_of(operations.begin(), operations.end(), [&](const std::string& word) {
    return word == "increment" || word == "timestamp" || word == "expiry" || (word == "push" && !list) ||
           word == "get_or_create";
  });
  const auto& ends = catalog.words("correlation_words");
  const auto& of_many = catalog.words("collection_kinds");
  for (const catalog::Kind& kind : catalog.kinds()) {
    // A number or a flag is no queue, whatever it is called.
    if (scalar && std::find(of_many.begin(), of_many.end(), kind.name) != of_many.end()) continue;
    if (single && is_one_of(catalog.words("kinds_of_records_only"), kind.name)) continue;
    const bool numbers = draft.operations.contains("numbers") && draft.shape != Shape::map;
    if (numbers && (kind.name == "queue" || kind.name == "search_index")) continue;
    // Limiting means counting or keeping times; a table of limits does neither.
    if (kind.name == "rate_limit" && !scalar && !counts) continue;
    double score = by_name * weigh_name(kind.name_words, draft.site.name, elsewhere, ends) +
                   by_type * weigh(kind.type_words, type) + by_owner * weigh(kind.owner_words, owner) +
                   by_method * weigh(kind.method_words, methods);
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
