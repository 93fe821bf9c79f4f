// The words that text, markdown and explanations share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "inventory/inventory.h"

namespace detoy::report {

// "rate_limit" is "rate limit" to people.
std::string kind_title(std::string_view kind);
std::string_view readiness_title(inventory::Readiness readiness);

// "PaymentStore.payments", or "payments" at module level.
std::string full_name(const inventory::Site& site);
// "src/store.ts:12"; only the path when there is no line.
std::string location(std::string_view path, std::uint32_t line);
// "1 toy", "3 toys".
std::string count(std::size_t number, std::string_view singular, std::string_view plural);

// The place that declares the site; nullptr when the evidence lacks it.
const inventory::Evidence* declaration(const inventory::Site& site);

bool is_acceptable(const inventory::Site& site);
// A toy that somebody accepted, with a reason.
bool is_suppressed(const inventory::Site& site);
// Of the other toys: what production never runs, and what it does.
bool is_unused_toy(const inventory::Site& site);
bool is_live_toy(const inventory::Site& site);
// Whether the site belongs to the service, alone or with others that use the same package.
bool is_of_service(const inventory::Site& site, std::string_view service);

// "PostgreSQL — Move payments to a table."; one of them when the other is empty.
std::string replacement(std::string_view primitive, std::string_view action);

// Whether production runs it, as half a sentence: "yes", "decided by REDIS_URL, unset by default", "never"...
std::string wiring_phrase(const inventory::Site& site);
// Whether instances share it: "no", "partly: falls back to memory", "yes: memory is a copy".
std::string_view sharing_phrase(inventory::Sharing sharing);

// How many points of the service's checklist pass.
std::size_t passed_points(const inventory::Service& service);

}  // namespace detoy::report
