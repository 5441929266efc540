// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xingu::mc {

// CODATA 2018 (doi 10.1103/RevModPhys.93.025010), in the units of the transport.
inline constexpr double electron_rest_MeV = 0.51099895;
inline constexpr double fine_structure = 1.0 / 137.035999;
inline constexpr double classical_radius_cm = 2.8179403e-13;
inline constexpr double avogadro = 6.02214076e23;
inline constexpr double pi = 3.14159265358979323846;
/// 2π r_e² m c² N_A: the scale of energy loss, MeV cm²/mol.
inline constexpr double loss_scale =
    2.0 * pi * classical_radius_cm * classical_radius_cm * electron_rest_MeV * avogadro;

}  // namespace xingu::mc
