// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace xingu {

/// The controller as a Promela model for the model checker spin (Holzmann 2004), generated from the session table and
/// the interlock table, so that what is checked is what runs.
///
/// One round of the model is one millisecond: causes come and go as they like, a person sends any event or
/// acknowledges, the controller settles the panel and moves by the table, and the beam follows the command of the
/// previous round, as the machine does. Interlocks of one response and latch behave alike, so each such class is one
/// cause. Asserted in every round: the beam is commanded on only in a state that allows it and with a clear panel; a
/// cause is followed by beam off within two rounds; the session ends when a terminating cause stands. Every row of the
/// table and every state carries a label, so that spin reports those it cannot reach.
[[nodiscard]] std::string promela_model();

}  // namespace xingu
