#include "source/plain_settings.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "source/text_lines.h"

namespace detoy::source {
namespace {

// A setting's name: REDIS_URL, also app.redis.url or lower case.
bool is_setting_name(std::string_view name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; });
}

bool is_upper_case(std::string_view name) {
  return is_setting_name(name) &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return std::islower(c) != 0 || c == '-'; });
}

// Takes quotes around and a comment behind the value away.
std::string_view plain_value(std::string_view value) {
  value = trimmed_text(value);
  if (!value.empty() && (value.front() == '"' || value.front() == '\'')) {
    const auto end = value.find(value.front(), 1);
    if (end != std::string_view::npos) return value.substr(1, end - 1);
  }
  const auto comment = value.starts_with('#') ? 0 : value.find(" #");
  return comment == std::string_view::npos ? value : trimmed_text(value.substr(0, comment));
}

struct Line {
  std::string_view key;    // "name" of "- name: X"
  std::string_view value;  // "" when it follows on more lines
  std::size_t indent = 0;  // column of the key
  bool is_item = false;    // begins with "- "
};

Line split(std::string_view raw) {
  Line line;
  line.indent = raw.find_first_not_of(' ');
  if (line.indent == std::string_view::npos) return {};
  auto text = trimmed_text(raw);
  if (text.starts_with("- ")) {
    line.is_item = true;
    const auto rest = trimmed_text(text.substr(2));
    line.indent += text.size() - rest.size();
    text = rest;
  }
  const auto colon = text.find(':');
  const bool is_key = colon != std::string_view::npos && (colon + 1 == text.size() || text[colon + 1] == ' ');
  if (!is_key || text.starts_with('#') || text.starts_with("{{")) return line;
  line.key = plain_value(text.substr(0, colon));
  line.value = plain_value(text.substr(colon + 1));
  return line;
}

bool opens_settings(std::string_view key, bool in_config_map) {
  constexpr auto kKeys = std::to_array<std::string_view>(
      {"env", "environment", "envVars", "extraEnv", "extraEnvVars", "environmentVariables", "envs"});
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() ||
         (in_config_map && (key == "data" || key == "stringData"));
}

class Scanner {
 public:
  explicit Scanner(const Manifest& manifest) : manifest_(manifest) {}

  std::vector<DeploymentSetting> scan() {
    std::string_view text = manifest_.text;
    while (!text.empty()) {
      const auto newline = text.find('\n');
      ++number_;
      read(text.substr(0, newline));
      if (newline == std::string_view::npos) break;
      text.remove_prefix(newline + 1);
    }
    return std::move(settings_);
  }

 private:
  void read(std::string_view raw) {
    const auto trimmed = trimmed_text(raw);
    if (trimmed.empty() || trimmed.starts_with('#')) return;
    if (trimmed == "---") {
      in_config_map_ = false;
      inside_ = false;
      return;
    }
    const auto line = split(raw);
    if (line.indent == 0 && line.key == "kind") in_config_map_ = line.value == "ConfigMap" || line.value == "Secret";
    if (line.indent == 0 && line.key == "kind") values_hidden_ = line.value == "Secret";
    const auto column = line.indent - (line.is_item ? 2 : 0);
    // A list may stand in the same column as its key.
    if (inside_ && !line.key.empty() && (column < block_ || (column == block_ && !line.is_item))) inside_ = false;
    if (!inside_) {
      if (!line.key.empty() && line.value.empty() && opens_settings(line.key, in_config_map_)) {
        inside_ = true;
        in_list_ = false;
        block_ = line.indent;
        entries_ = 0;
        hidden_here_ = values_hidden_ && line.key == "data";
      }
      return;
    }
    if (line.key.empty()) return;
    if (line.is_item && line.key == "name") {
      in_list_ = true;
      entries_ = line.indent;
      add(line.value, "");
    } else if (in_list_ && line.indent == entries_ && line.key == "value" && !settings_.empty()) {
      settings_.back().value = line.value;
    } else if (!in_list_ && !line.is_item && is_upper_case(line.key)) {
      if (entries_ == 0) entries_ = line.indent;
      if (line.indent == entries_) add(line.key, hidden_here_ ? "" : line.value);
    }
  }

  void add(std::string_view name, std::string_view value) {
    if (is_setting_name(name)) settings_.push_back({std::string(name), std::string(value), manifest_.path, number_});
  }

  const Manifest& manifest_;
  std::vector<DeploymentSetting> settings_;
  std::uint32_t number_ = 0;
  bool in_config_map_ = false;
  bool values_hidden_ = false;  // in a Secret, whose data is encoded
  bool inside_ = false;         // below a key that opens settings
  bool in_list_ = false;
  bool hidden_here_ = false;
  std::size_t block_ = 0;    // column of that key
  std::size_t entries_ = 0;  // column of the entries' keys
};

}  // namespace

std::vector<DeploymentSetting> env_file_settings(const Manifest& manifest) {
  std::vector<DeploymentSetting> settings;
  std::uint32_t number = 0;
  each_line(manifest.text, [&](std::string_view line) {
    ++number;
    if (line.starts_with("export ")) line = trimmed_text(line.substr(7));
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) return;
    const auto name = trimmed_text(line.substr(0, equals));
    if (!is_setting_name(name)) return;
    settings.push_back({std::string(name), std::string(plain_value(line.substr(equals + 1))), manifest.path, number});
  });
  return settings;
}

std::vector<DeploymentSetting> deployment_settings(const Manifest& manifest) {
  const auto mentions = [&](std::string_view word) { return manifest.text.find(word) != std::string::npos; };
  if (!mentions("env") && !mentions("ConfigMap") && !mentions("Secret")) return {};
  return Scanner(manifest).scan();
}

}  // namespace detoy::source
