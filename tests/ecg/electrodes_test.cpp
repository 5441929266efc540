// SPDX-License-Identifier: Apache-2.0
#include "ecg/electrodes.h"

#include <gtest/gtest.h>

#include <vector>

namespace xingu::ecg {
namespace {

/// I, II, V1 to V6, as a front end measures them.
std::vector<std::uint32_t> measured_leads() {
  std::vector<std::uint32_t> leads;
  for (const char* const name : {"I", "II", "V1", "V2", "V3", "V4", "V5", "V6"}) {
    leads.push_back(electrodes_of_lead(name));
  }
  return leads;
}

/// Each electrode's contact when exactly the given ones are off: every lead that needs one is dead.
std::array<Contact, num_electrodes> contacts_without(std::uint32_t off) {
  const auto leads = measured_leads();
  std::vector<Contact> contacts;
  for (const std::uint32_t lead : leads) {
    contacts.push_back((lead & off) != 0 ? Contact::off : Contact::good);
  }
  return electrode_contacts(leads, contacts);
}

Contact of(const std::array<Contact, num_electrodes>& contacts, Electrode electrode) {
  return contacts[static_cast<std::size_t>(electrode)];
}

TEST(ElectrodeContacts, never_call_a_connected_electrode_off_nor_one_that_is_off_good) {
  for (std::uint32_t off = 0; off < 1U << num_electrodes; ++off) {
    const auto contacts = contacts_without(off);
    for (std::size_t e = 0; e < num_electrodes; ++e) {
      const bool is_off = (off >> e & 1U) != 0;
      ASSERT_NE(contacts[e], is_off ? Contact::good : Contact::off) << "electrode " << e << ", off " << off;
    }
  }
}

TEST(ElectrodeContacts, name_a_single_electrode_that_is_off_but_the_one_all_leads_share) {
  for (std::size_t e = 0; e < num_electrodes; ++e) {
    const auto contacts = contacts_without(1U << e);
    EXPECT_EQ(contacts[e], e == static_cast<std::size_t>(Electrode::ra) ? Contact::unknown : Contact::off) << e;
  }
}

TEST(ElectrodeContacts, find_a_noisy_electrode_by_the_leads_that_do_not_need_it) {
  const auto leads = measured_leads();
  std::vector<Contact> contacts(leads.size(), Contact::poor);
  contacts[1] = Contact::good;  // II does without LA
  const auto result = electrode_contacts(leads, contacts);
  EXPECT_EQ(of(result, Electrode::ra), Contact::good);
  EXPECT_EQ(of(result, Electrode::ll), Contact::good);
  EXPECT_EQ(of(result, Electrode::la), Contact::poor);
}

TEST(ElectrodesOfLead, knows_standard_leads_only) {
  EXPECT_EQ(electrodes_of_lead("III"), electrodes_of_lead("I") ^ electrodes_of_lead("II"));
  EXPECT_EQ(electrodes_of_lead("MLII"), 0U);
}

}  // namespace
}  // namespace xingu::ecg
