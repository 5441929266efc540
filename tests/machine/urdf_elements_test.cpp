// SPDX-License-Identifier: Apache-2.0
#include "machine/urdf_elements.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace xingu {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& body) {
  try {
    require_known_elements("<robot name=\"r\">" + body + "</robot>", "machine.urdf");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string joint(const std::string& type, const std::string& inside) {
  return "<joint name=\"j\" type=\"" + type + "\"><parent link=\"a\"/><child link=\"b\"/>" + inside + "</joint>";
}

const std::string axis = "<axis xyz=\"0 0 1\"/>";
const std::string limit = "<limit lower=\"-1\" upper=\"1\" velocity=\"1\" effort=\"0\"/>";

TEST(UrdfElements, the_standard_s_own_elements_are_accepted) {
  EXPECT_EQ(
      refusal("<!-- a comment --><material name=\"grey\"><color rgba=\"1 1 1 1\"/></material>"
              "<transmission name=\"t\"><joint name=\"j\"/></transmission><gazebo reference=\"a\"/>"
              "<link name=\"a\"><visual><geometry><box size=\"1 1 1\"/></geometry><material name=\"grey\"/></visual>"
              "<collision name=\"c\"><origin xyz=\"0 0 0\"/><geometry><box size=\"1 1 1\"/></geometry></collision>"
              "<collision><geometry><!-- one --><sphere radius=\"1\"/></geometry></collision></link>" +
              joint("revolute", axis + limit + "<dynamics damping=\"1\"/><calibration rising=\"0\"/>") +
              joint("continuous", axis + "<limit velocity=\"1\" effort=\"0\"/>") + joint("fixed", "")),
      "accepted");
}

TEST(UrdfElements, a_misspelt_element_is_named_with_its_owner_and_the_right_word) {
  EXPECT_THAT(refusal("<link name=\"a\"><colision/></link>"),
              testing::AllOf(HasSubstr("machine.urdf"), HasSubstr("link 'a'"), HasSubstr("did you mean <collision>?")));
  EXPECT_THAT(refusal("<jiont name=\"j\"/>"), HasSubstr("known are link, joint, material"));
  EXPECT_THAT(refusal("<link name=\"a\"><collision><orign/></collision></link>"), HasSubstr("did you mean <origin>?"));
  EXPECT_THAT(refusal("<link name=\"a\"><collision><geometry><cone/></geometry></collision></link>"),
              HasSubstr("<cone> of link 'a' is not known in <geometry>"));
  EXPECT_THAT(refusal(joint("revolute", axis + "<limits/>")), HasSubstr("did you mean <limit>?"));
}

TEST(UrdfElements, what_would_be_read_only_once_may_not_stand_twice) {
  EXPECT_THAT(refusal("<link name=\"a\"><collision><geometry><box size=\"1 1 1\"/><box size=\"2 2 2\"/></geometry>"
                      "</collision></link>"),
              HasSubstr("has 2 shapes"));
  EXPECT_THAT(refusal(joint("revolute", axis + limit + limit)), HasSubstr("<limit> of joint 'j' stands twice"));
}

TEST(UrdfElements, what_moves_says_about_what_and_how_far) {
  EXPECT_THAT(refusal(joint("revolute", limit)), HasSubstr("joint 'j' has no <axis>"));
  EXPECT_THAT(refusal(joint("prismatic", axis + "<limit upper=\"1\" velocity=\"1\" effort=\"0\"/>")),
              HasSubstr("no 'lower'"));
  EXPECT_THAT(refusal(joint("revolute", axis + limit + "<mimic joint=\"k\"/>")), HasSubstr("<mimic>"));
  EXPECT_THAT(refusal(joint("revolute", axis + limit + "<safety_controller k_velocity=\"1\"/>")),
              HasSubstr("soft limits"));
}

}  // namespace
}  // namespace xingu
