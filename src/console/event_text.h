// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

#include "console/session_link.h"
#include "delivery/record_reader.h"

namespace xingu::console {

// What happened, as the console says it (docs/user/console-protocol.md); without the number n, which the sender gives.

[[nodiscard]] nlohmann::json note_event(std::uint64_t step, const SessionNote& note, bool is_first_out);
/// Adds to a note that the clearance tripped what was near, and how far; to others nothing.
void add_nearest(nlohmann::json& event, const SessionNote& note, const WatchedPair& pair, double distance_mm);
[[nodiscard]] nlohmann::json change_event(std::uint64_t step, const FaultChange& change);
[[nodiscard]] nlohmann::json action_event(double t_s, const std::string& action, const std::string& client,
                                          const std::string& result, const std::string& detail);

/// All events of a record, numbered from 0, as an array. An interlock is the first-out if none that latches stood
/// before it.
[[nodiscard]] nlohmann::json events_of(const SessionRecord& record);

/// What an event says in one line, in the words of the console's page.
[[nodiscard]] std::string event_words(const nlohmann::json& event);

/// Events as a table for other programs (RFC 4180), as the page saves it: t_s, kind, interlock, first_out, text.
[[nodiscard]] std::string events_csv(const nlohmann::json& events);

/// The documents that state the tables of sessions, interlocks and faults.
[[nodiscard]] nlohmann::json states_document();
[[nodiscard]] nlohmann::json interlocks_document();
[[nodiscard]] nlohmann::json faults_document();
[[nodiscard]] nlohmann::json clearance_document(std::span<const WatchedPair> pairs);

/// As a text; what is not UTF-8 is replaced.
[[nodiscard]] std::string dump(const nlohmann::json& json);

/// A number, or null where it is not finite.
[[nodiscard]] nlohmann::json number_or_null(double value);

}  // namespace xingu::console
