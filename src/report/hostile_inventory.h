// An inventory whose every text tries to break out of a report, for tests.
#pragma once

#include <string>
#include <string_view>

#include "inventory/sample_inventory.h"

namespace detoy::report {

// Steers a terminal, reorders text, breaks tables, code spans, HTML and links, and is not UTF-8.
inline constexpr std::string_view hostile =
    "\x1b[2J\x1b]0;owned\x07\r\n\b|`` ` ``|</details><script>alert(1)</script>\\|[x](javascript:alert(1))\t"
    "\xe2\x80\xae\xc2\x9b\x7f\xff*_<!-- $x$ &amp;";

// The sample with the hostile text at the end of every string that a scanned repository can influence.
inline inventory::Inventory hostile_inventory() {
  inventory::Inventory inventory = inventory::sample_inventory();
  const auto spoil = [](std::string& text) { text += hostile; };
  spoil(inventory.root);
  for (inventory::Site& site : inventory.sites) {
    for (std::string* text :
         {&site.path, &site.name, &site.owner, &site.language, &site.kind, &site.storage, &site.setting, &site.why,
          &site.on_restart, &site.on_second_instance, &site.primitive, &site.action}) {
      spoil(*text);
    }
    if (!site.accepted_because.empty()) spoil(site.accepted_because);
    for (inventory::Evidence& place : site.evidence) {
      for (std::string* text : {&place.path, &place.snippet, &place.note}) spoil(*text);
    }
  }
  for (inventory::Service& service : inventory.services) {
    spoil(service.name);
    spoil(service.path);
    for (std::string& language : service.languages) spoil(language);
    for (inventory::ChecklistItem& item : service.checklist) {
      spoil(item.question);
      spoil(item.answer);
    }
  }
  for (inventory::Warning& warning : inventory.warnings) {
    spoil(warning.path);
    spoil(warning.message);
  }
  return inventory;
}

// Whether a report could steer a terminal: it has a control character but line breaks, or reorders its text.
inline bool steers_a_terminal(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f || byte == 0xff) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return text.find("\xe2\x80\xae") != std::string_view::npos;
}

}  // namespace detoy::report
