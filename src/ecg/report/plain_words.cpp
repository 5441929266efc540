// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/plain_words.h"

#include <array>

namespace xingu::ecg {
namespace {

struct Entry {
  std::string_view code;
  bool is_urgent;
  std::string_view english;
  std::string_view chinese;
};

constexpr std::array<Entry, 46> entries{{
    {"st_elevation", true,
     "Part of the curve is raised (ST), which a heart attack can do. With chest pain, breathlessness or cold sweat "
     "call "
     "the emergency number now; otherwise have a doctor look at it today.",
     "心电图有一段抬高（ST 段），心肌梗死时可以出现。如有胸痛、气短或出冷汗，请立即拨打急救电话；否则请今天就让医生看"
     "。"},
    {"ventricular_tachycardia", true,
     "Several beats in a row came fast from the ventricles. See a doctor today; with dizziness or fainting call the "
     "emergency number.",
     "有连续几次快速的室性心跳。请今天就看医生；如头晕或晕厥，请拨打急救电话。"},
    {"wide_complex_tachycardia", true,
     "The heart beats fast with broad waves, which a dangerous rhythm of the ventricles can do. Call the emergency "
     "number "
     "now if you feel unwell, dizzy, faint or short of breath or have chest pain; otherwise have a doctor look at it "
     "at "
     "once.",
     "心跳快而且波形宽，危险的室性心动过速可以这样。如有不适、头晕、晕厥、气短或胸痛，请立即拨打急救电话；否则请马上让"
     "医生看。"},
    {"wide_complex_rhythm", true,
     "The heart beats with broad waves that may come from the ventricles alone. See a doctor today; with dizziness or "
     "fainting call the emergency number.",
     "心跳的波形宽，可能只来自心室。请今天就看医生；如头晕或晕厥，请拨打急救电话。"},
    {"cannot_say_beats", true,
     "The electrodes gave a good signal, but no ordinary beats could be told in it. Whoever feels unwell, faint or "
     "short "
     "of breath calls the emergency number now; otherwise record again at once and have a doctor look at it today.",
     "电极信号良好，但认不出通常的心跳。如有不适、晕厥或气短，请立即拨打急救电话；否则请马上再测一次，今天就让医生看"
     "。"},
    {"tachycardia_without_p", true,
     "The heart beats fast, and where the beats begin could not be seen. See a doctor today; with dizziness, chest "
     "pain, "
     "breathlessness or fainting call the emergency number now.",
     "心跳快，看不出心跳从哪里开始。请今天就看医生；如头晕、胸痛、气短或晕厥，请立即拨打急救电话。"},
    {"long_pause", true,
     "The heart paused for three seconds or longer. See a doctor today; with dizziness or fainting call the emergency "
     "number.",
     "心跳有三秒或更长的停顿。请今天就看医生；如头晕或晕厥，请拨打急救电话。"},
    {"av_block_3", true,
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call "
     "the emergency number.",
     "并非每次心房激动都传到了心室（房室阻滞）。请今天就看医生；如头晕或晕厥，请拨打急救电话。"},
    {"av_block_advanced", true,
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call "
     "the emergency number.",
     "并非每次心房激动都传到了心室（房室阻滞）。请今天就看医生；如头晕或晕厥，请拨打急救电话。"},
    {"av_block_2_type_2", true,
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call "
     "the emergency number.",
     "并非每次心房激动都传到了心室（房室阻滞）。请今天就看医生；如头晕或晕厥，请拨打急救电话。"},
    {"av_block_2_to_1", true,
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call "
     "the emergency number.",
     "并非每次心房激动都传到了心室（房室阻滞）。请今天就看医生；如头晕或晕厥，请拨打急救电话。"},
    {"electrodes_swapped", true,
     "Two electrodes seem to be exchanged. Check them and record again: what else is said here may be wrong.",
     "有两个电极可能接反了。请检查后重新记录：本页其他内容可能不准确。"},
    {"doubtful_gains", true,
     "The file does not say reliably how high the waves are. What rests on their height (ST, large waves) may be "
     "wrong; "
     "times and rate are not touched by this.",
     "该文件给出的波形幅度不可靠：与幅度有关的内容（ST 段、波形偏大）可能不准确；时间和心率不受影响。"},
    {"st_depression", false, "Part of the curve is lowered (ST). Have a doctor look at it today.",
     "心电图有一段压低（ST 段）。请今天就让医生看。"},
    {"atrial_fibrillation", false,
     "The rhythm looks like atrial fibrillation. See a doctor within days; at once with a fast pulse, weakness or "
     "trouble speaking.",
     "心律像是心房颤动。请在几天内看医生；如心跳很快、肢体无力或说话困难，请立即就医。"},
    {"atrial_flutter", false,
     "The rhythm looks like atrial flutter. See a doctor within days; at once with a fast pulse, weakness or trouble "
     "speaking.",
     "心律像是心房扑动。请在几天内看医生；如心跳很快、肢体无力或说话困难，请立即就医。"},
    {"paroxysmal_flutter", false,
     "For part of the time the rhythm looks like atrial flutter. Show this to a doctor within days.",
     "有一段时间心律像是心房扑动。请在几天内给医生看。"},
    {"cannot_say_flutter", false,
     "The heart beats fast and regularly, and the curve does not show why: it may be a fast usual rhythm or atrial "
     "flutter. Show this to a doctor today.",
     "心跳快而规则，曲线看不出原因：可能是正常节律加快，也可能是心房扑动。请今天给医生看。"},
    {"paroxysmal_fibrillation", false,
     "For part of the time the rhythm looks like atrial fibrillation. Show this to a doctor within days.",
     "有一段时间心律像是心房颤动。请在几天内给医生看。"},
    {"av_block_2_type_1", false,
     "Not every beat of the atria reached the ventricles (AV block). Show this to a doctor within days; at once after "
     "fainting.",
     "并非每次心房激动都传到了心室（房室阻滞）。请在几天内给医生看；如曾晕厥，请立即就医。"},
    {"av_block_2", false,
     "Not every beat of the atria reached the ventricles (AV block). Show this to a doctor within days; at once after "
     "fainting.",
     "并非每次心房激动都传到了心室（房室阻滞）。请在几天内给医生看；如曾晕厥，请立即就医。"},
    {"pause", false, "The heart paused for more than two seconds. Show this to a doctor soon; at once after fainting.",
     "心跳有超过两秒的停顿。请尽快给医生看；如曾晕厥，请立即就医。"},
    {"ventricular_run", false, "Several beats in a row came from the ventricles. Show this to a doctor soon.",
     "有连续几次室性心跳。请尽快给医生看。"},
    {"ventricular_ectopy", false,
     "Some beats came early from the ventricles (extrasystoles). They are common; show this to a doctor if they are "
     "frequent or felt.",
     "有一些提前的室性心跳（早搏）。这很常见；如果次数多或有感觉，请给医生看。"},
    {"supraventricular_tachycardia", false,
     "Several beats in a row came early and fast from above the ventricles. Show this to a doctor.",
     "有连续几次快速的室上性心跳。请给医生看。"},
    {"supraventricular_ectopy", false,
     "Some beats came early from above the ventricles (extrasystoles). They are common and mostly harmless.",
     "有一些提前的室上性心跳（早搏）。这很常见，大多无害。"},
    {"ventricular_pacing", false, "A pacemaker drives the heart.", "心脏由起搏器带动。"},
    {"left_ventricular_hypertrophy", false,
     "The waves of the left ventricle are large, as years of high blood pressure can make them. Show this to a doctor.",
     "左心室的波形较大，长期高血压时可以出现。请给医生看。"},
    {"right_ventricular_hypertrophy", false, "The waves of the right ventricle are large. Show this to a doctor.",
     "右心室的波形较大。请给医生看。"},
    {"regular_without_p", false, "Where the beats begin could not be seen. Show this to a doctor.",
     "看不出心跳从哪里开始。请给医生看。"},
    {"cannot_say_rhythm", false, "Where the beats begin could not be seen. Show this to a doctor.",
     "看不出心跳从哪里开始。请给医生看。"},
    {"supraventricular_run", false,
     "Several beats in a row came early from above the ventricles. Show this to a doctor.",
     "有连续几次提前的室上性心跳。请给医生看。"},
    {"cannot_say_st", false,
     "Signs of a heart attack (ST) cannot be judged in waves as broad as these: this page says nothing about them.",
     "波形太宽，无法判断有无心肌梗死的迹象（ST 段）：本页对此不作说明。"},
    {"cannot_say_st_right_chest", false,
     "Signs of a heart attack (ST) could not be judged in part of the leads, where the waves are broad.",
     "部分导联波形较宽，无法判断其中有无心肌梗死的迹象（ST 段）。"},
    {"cannot_say_qt", false, "How fast the ventricles recovered cannot be judged in waves as broad as these.",
     "波形太宽，无法判断心室恢复的快慢。"},
    {"cannot_say_atria", false, "What the atria do cannot be seen while a pacemaker drives the heart.",
     "心脏由起搏器带动时，看不出心房的活动。"},
    {"cannot_say_missing_leads", false,
     "Not all twelve leads were recorded: a heart attack, large chambers or a block can be missed here.",
     "没有记录全部十二个导联：可能漏掉心肌梗死、心腔增大或传导阻滞。"},
    {"left_atrial_enlargement", false, "The wave of the left atrium is broad or deep. Show this to a doctor.",
     "左心房的波形较宽或较深。请给医生看。"},
    {"right_atrial_enlargement", false, "The wave of the right atrium is high. Show this to a doctor.",
     "右心房的波形较高。请给医生看。"},
    {"left_axis_deviation", false,
     "The heart's forces point more to the left than usual. This can be harmless; show it to a doctor at the next "
     "visit.",
     "心电轴比通常偏左。这可以无害；下次就诊时请给医生看。"},
    {"right_axis_deviation", false,
     "The heart's forces point more to the right than usual. This can be harmless; show it to a doctor at the next "
     "visit.",
     "心电轴比通常偏右。这可以无害；下次就诊时请给医生看。"},
    {"extreme_axis", false, "The heart's forces point in an unusual direction. Show this to a doctor.",
     "心电轴的方向不寻常。请给医生看。"},
    {"left_anterior_fascicular_block", false,
     "One branch of the conduction in the left ventricle is slower. Show this to a doctor at the next visit.",
     "左心室有一条传导分支较慢。下次就诊时请给医生看。"},
    {"left_posterior_fascicular_block", false,
     "One branch of the conduction in the left ventricle is slower. Show this to a doctor.",
     "左心室有一条传导分支较慢。请给医生看。"},
    {"incomplete_rbbb", false,
     "The right ventricle is excited a little later than usual. This is mostly harmless; show it to a doctor at the "
     "next "
     "visit.",
     "右心室的激动比通常稍晚。这大多无害；下次就诊时请给医生看。"},
    {"short_qt", false, "The ventricles recovered faster than usual (QT). Show this to a doctor.",
     "心室恢复的时间（QT）比通常短。请给医生看。"},
}};

}  // namespace

std::optional<PlainWords> plain_words(std::string_view code) {
  for (const Entry& entry : entries) {
    if (entry.code == code) {
      return PlainWords{{std::string(entry.english), std::string(entry.chinese)}, entry.is_urgent};
    }
  }
  return std::nullopt;
}

}  // namespace xingu::ecg
