// SPDX-License-Identifier: Apache-2.0
#include "ecg/report/plain_words.h"

#include <algorithm>
#include <array>

#include "ecg/urgency.h"

namespace xingu::ecg {
namespace {

struct Entry {
  std::string_view code;
  std::string_view english;
  std::string_view chinese;
};

constexpr std::array<Entry, 92> entries{{
    {"possible_ventricular_fibrillation",
     "For some time the curve swung without a pause, as it does when the ventricles tremble and pump no blood. Look at "
     "the person first: call an ambulance at once if the person feels faint, is not awake or does not breathe "
     "normally, and begin chest compressions if there is no breath. Otherwise check that the electrodes hold, record "
     "again now and have a doctor look at it today.",
     "有一段时间曲线不停地摆动，心室颤动（心室只抖动而不泵血）时可有这种表现。请先看患者：如感觉快要晕倒、叫不醒或呼吸"
     "不正常，请立即拨打急救电话；如没有呼吸，请立即做胸外按压。否则请检查电极是否贴牢，马上重新记录一次，并在今天让医"
     "生看。"},
    {"no_beats_in_good_leads",
     "The electrodes gave a good signal, but no heartbeat was found in it. Call an ambulance at once if the person "
     "feels faint, is not awake or does not breathe normally. Otherwise check that the electrodes hold, record again "
     "now and have a doctor look at it today.",
     "电极信号良好，但没有发现心跳。如患者感觉快要晕倒、叫不醒或呼吸不正常，请立即拨打急救电话；否则请检查电极是否贴牢"
     "，马上重新记录一次，并在今天让医生看。"},
    {"cannot_say_ventricles",
     "The electrodes gave a good signal with small waves in it, but it cannot be told whether these are heartbeats or "
     "the atria alone, whose waves pump no blood. Call an ambulance at once if the person feels faint, is not "
     "awake or does not breathe normally. Otherwise check that the electrodes hold, record again now and have a doctor "
     "look at it today.",
     "电极信号良好，其中有小的波形，但无法判断这是心跳，还是只有心房在活动（单靠心房不能泵血）。如患者感觉快要晕倒、叫"
     "不"
     "醒或呼吸不正常，请立即拨打急救电话；否则请检查电极是否贴牢，马上重新记录一次，并在今天让医生看。"},
    {"beats_untold_for",
     "For some time the leads were good, but the beats could not be told apart, which a dangerous rhythm of the "
     "ventricles can do. Call an ambulance at once if the person feels faint, is not awake or does not breathe "
     "normally. Otherwise check that the electrodes hold, record again now and have a doctor look at it today.",
     "有一段时间导联信号良好，却无法分辨每一次心跳，危险的室性心律失常可有这种表现。如患者感觉快要晕倒、叫不醒或呼吸不"
     "正常，请立即拨打急救电话；否则请检查电极是否贴牢，马上重新记录一次，并在今天让医生看。"},
    {"cannot_say_beats",
     "The electrodes gave a good signal, but no ordinary beats could be told in it. Whoever feels unwell, faint or "
     "short of breath calls the emergency number now; otherwise record again at once and have a doctor look at it "
     "today.",
     "电极信号良好，但无法辨认正常的心搏。如有不适、晕厥或气短，请立即拨打急救电话；否则请马上重新记录一次，并在今天让"
     "医生看。"},
    {"no_beats_for",
     "For some time at the beginning or the end no heartbeat was found, although the leads were good. Call an "
     "ambulance at once if the person feels faint, is not awake or does not breathe normally. Otherwise check that the "
     "electrodes hold, record again now and have a doctor look at it today.",
     "在记录的开头或结尾，有一段时间导联信号良好，却没有发现心跳。如患者感觉快要晕倒、叫不醒或呼吸不正常，请立即拨打急"
     "救电话；否则请检查电极是否贴牢，马上重新记录一次，并在今天让医生看。"},
    {"standstill",
     "For many seconds between two beats no heartbeat was found, although the leads were good. Call an ambulance at "
     "once if the person feels faint, is not awake or does not breathe normally. Otherwise check that the electrodes "
     "hold, record again now and have a doctor look at it today.",
     "在两次心跳之间，有好几秒钟导联信号良好，却没有发现心跳。如患者感觉快要晕倒、叫不醒或呼吸不正常，请立即拨打急救电"
     "话；否则请检查电极是否贴牢，马上重新记录一次，并在今天让医生看。"},
    {"too_slow",
     "The heart beats far too slowly. Call an ambulance at once if the person feels faint, is not awake or does not "
     "breathe normally. Otherwise check that the electrodes hold, record again now and have a doctor look at it today.",
     "心跳过慢。如患者感觉快要晕倒、叫不醒或呼吸不正常，请立即拨打急救电话；否则请检查电极是否贴牢，马上重新记录一次，"
     "并在今天让医生看。"},
    {"cannot_say_rare_beats",
     "Hardly any heartbeat was found, although the leads were good and the recording is long enough. Call an ambulance "
     "at once if the person feels faint, is not awake or does not breathe normally. Otherwise check that the "
     "electrodes hold, record again now and have a doctor look at it today.",
     "导联信号良好，记录时间也足够，却只发现很少的心跳。如患者感觉快要晕倒、叫不醒或呼吸不正常，请立即拨打急救电话；否"
     "则请检查电极是否贴牢，马上重新记录一次，并在今天让医生看。"},
    {"stimuli_without_complex",
     "Some stimuli of a pacemaker were not followed by a heartbeat. Call an ambulance at once if the person feels "
     "faint, is not awake or does not breathe normally. Otherwise have the doctor who looks after the pacemaker see "
     "this today. Without a pacemaker, check that the electrodes hold and record again.",
     "部分起搏脉冲之后没有出现心跳。如患者感觉快要晕倒、叫不醒或呼吸不正常，请立即拨打急救电话；否则请今天就让负责起搏"
     "器"
     "随访的医生看。如没有装起搏器，请检查电极是否贴牢并重新记录。"},
    {"wide_complex_tachycardia",
     "The heart beats fast with broad waves, which a dangerous rhythm of the ventricles can do. Call the emergency "
     "number now if you feel unwell, dizzy, faint or short of breath or have chest pain; otherwise have a doctor look "
     "at it at once.",
     "心跳快，而且波形宽，危险的室性心动过速可有这种表现。如有不适、头晕、晕厥、气短或胸痛，请立即拨打急救电话；否则也"
     "请马上让医生看。"},
    {"sustained_ventricular_tachycardia",
     "For half a minute or longer the heart beat fast from the ventricles, which is dangerous. Call the emergency "
     "number now if you feel unwell, dizzy, faint or short of breath or have chest pain; otherwise have a doctor look "
     "at it at once.",
     "快速的室性心跳持续了半分钟或更久，这是危险的。如有不适、头晕、晕厥、气短或胸痛，请立即拨打急救电话；否则也请马上"
     "让医生看。"},
    {"ventricular_tachycardia",
     "Several beats in a row came fast from the ventricles. See a doctor today; with dizziness or fainting call the "
     "emergency number.",
     "出现了连续几次快速的室性心搏。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"st_elevation",
     "Part of the curve is raised (ST), which a heart attack can do. With chest pain, breathlessness or cold sweat "
     "call the emergency number now; otherwise have a doctor look at it today.",
     "心电图上有一段曲线抬高（ST "
     "段抬高），心肌梗死时可有这种表现。如有胸痛、气短或出冷汗，请立即拨打急救电话；否则也请今天就让医生看。"},
    {"widespread_st_depression",
     "Large parts of the curve are lowered (ST), which narrow vessels of the heart can do. With chest pain, "
     "breathlessness or cold sweat call the emergency number now; otherwise have a doctor look at it today.",
     "心电图上多处曲线压低（ST 段压低），冠状动脉狭窄时可有这种表现。如有胸痛、气短或出冷汗，请立即拨打急救电话；否"
     "则也请今天就让医生看。"},
    {"long_pause",
     "The heart paused for three seconds or longer. See a doctor today; with dizziness or fainting call the emergency "
     "number.",
     "心跳出现了三秒或更长的停顿。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"av_block_3",
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call the emergency number.",
     "心房的激动没有全部传到心室（房室传导阻滞）。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"av_block_advanced",
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call the emergency number.",
     "心房的激动没有全部传到心室（房室传导阻滞）。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"av_block_2_type_2",
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call the emergency number.",
     "心房的激动没有全部传到心室（房室传导阻滞）。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"av_block_2_to_1",
     "Not every beat of the atria reached the ventricles (AV block). See a doctor today; with dizziness or fainting "
     "call the emergency number.",
     "心房的激动没有全部传到心室（房室传导阻滞）。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"slow_without_p",
     "The heart beats slowly, and where the beats begin could not be seen: the beats of the atria may not reach the "
     "ventricles (AV block). See a doctor today; with dizziness or fainting call the emergency number.",
     "心跳慢，且看不出心跳的起源：心房的激动可能没有传到心室（房室传导阻滞）。请今天就去看医生；如有头晕或晕厥，请拨打"
     "急救电话。"},
    {"very_long_qt",
     "The ventricles recover very slowly (QT), which can bring on a dangerous rhythm. See a doctor today, with a list "
     "of all medicines; with dizziness or fainting call the emergency number.",
     "心室恢复得非常慢（QT "
     "间期很长），可能诱发危险的心律失常。请今天就去看医生，并带上所有在用药物的清单；如有头晕或晕厥"
     "，请拨打急救电话。"},
    {"tachycardia_without_p",
     "The heart beats fast, and where the beats begin could not be seen. See a doctor today; with dizziness, chest "
     "pain, breathlessness or fainting call the emergency number now.",
     "心跳快，无法判断心跳的起源。请今天就去看医生；如有头晕、胸痛、气短或晕厥，请立即拨打急救电话。"},
    {"wide_complex_rhythm",
     "The heart beats with broad waves that may come from the ventricles alone. See a doctor today; with dizziness or "
     "fainting call the emergency number.",
     "心搏的波形宽，可能起源于心室。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"wide_regular_without_p",
     "The heart beats with broad waves that may come from the ventricles alone. See a doctor today; with dizziness or "
     "fainting call the emergency number.",
     "心搏的波形宽，可能起源于心室。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"electrodes_swapped",
     "Two electrodes seem to be exchanged. Check them and record again: what else is said here may be wrong. If they "
     "were right, show this to a doctor.",
     "有两个电极可能接反了。请检查后重新记录：本页的其他内容可能不准确。如电极并未接错，请给医生看。"},
    {"doubtful_gains",
     "The file does not say reliably how high the waves are. Signs of a heart attack (ST) and large or small waves "
     "could "
     "not be judged, and this page says nothing about them; times and rate are not touched by this.",
     "文件中注明的波形幅度不可靠：无法判断有无心肌梗死的迹象（ST "
     "段）和波形偏大或偏小，本页对此不作说明；时间和心率不受影响。"},
    {"cannot_say_amplitudes",
     "The waves are higher than a heart makes them: the file's scale seems to be wrong. Signs of a heart attack (ST) "
     "and large waves could not be judged, and this page says nothing about them; times and rate are not touched by "
     "this. Have the scale corrected or record again.",
     "波形幅度高得不像心脏所能产生：文件的比例很可能有误。因此无法判断有无心肌梗死的迹象（ST "
     "段）和波形偏大，本页对此不作说明；时间和心率不受影响。请更正比例或重新记录。"},
    {"very_low_voltage",
     "The waves are very low in all leads, as fluid about the heart can make them, or the file's scale is wrong. Signs "
     "of a heart attack (ST) could not be judged. Have a doctor look at it today.",
     "所有导联的波形都非常低，心脏周围积液可有这种表现，也可能是文件的比例有误。无法判断有无心肌梗死的迹象（ST "
     "段）。请今天就让医生看。"},
    {"st_depression", "Part of the curve is lowered (ST). Have a doctor look at it today.",
     "心电图上有一段曲线压低（ST 段压低）。请今天就让医生看。"},
    {"atrial_fibrillation",
     "The rhythm looks like atrial fibrillation. See a doctor within days, at once with a fast pulse; with sudden "
     "weakness or trouble speaking call the emergency number.",
     "心律像是心房颤动（房颤）。请在几天内去看医生；如心跳很快，请立即就医；如突然肢体无力或说话困难，请拨打急救电话"
     "。"},
    {"fast_atrial_fibrillation",
     "The rhythm looks like atrial fibrillation, with a fast pulse. See a doctor today; with dizziness, chest pain, "
     "fainting, sudden weakness or trouble speaking call the emergency number.",
     "心律像是心房颤动（房颤），而且心跳很快。请今天就去看医生；如有头晕、胸痛、晕厥、突然肢体无力或说话困难，请拨打急"
     "救"
     "电话。"},
    {"fast_atrial_flutter",
     "The rhythm looks like atrial flutter, with a fast pulse. See a doctor today; with dizziness, chest pain, "
     "fainting, sudden weakness or trouble speaking call the emergency number.",
     "心律像是心房扑动（房扑），而且心跳很快。请今天就去看医生；如有头晕、胸痛、晕厥、突然肢体无力或说话困难，请拨打急"
     "救"
     "电话。"},
    {"atrial_flutter",
     "The rhythm looks like atrial flutter. See a doctor within days, at once with a fast pulse; with sudden weakness "
     "or trouble speaking call the emergency number.",
     "心律像是心房扑动（房扑）。请在几天内去看医生；如心跳很快，请立即就医；如突然肢体无力或说话困难，请拨打急救电话"
     "。"},
    {"paroxysmal_flutter",
     "For part of the time the rhythm looks like atrial flutter. Show this to a doctor within days.",
     "有一段时间，心律像是心房扑动（房扑）。请在几天内给医生看。"},
    {"cannot_say_flutter",
     "The heart beats fast and regularly, and the curve does not show why: it may be a fast usual rhythm or atrial "
     "flutter. Show this to a doctor today.",
     "心跳快而规则，从曲线上看不出原因：可能只是正常心律加快，也可能是心房扑动（房扑）。请今天就给医生看。"},
    {"paroxysmal_fibrillation",
     "For part of the time the rhythm looks like atrial fibrillation. Show this to a doctor within days.",
     "有一段时间，心律像是心房颤动（房颤）。请在几天内给医生看。"},
    {"av_block_2_type_1",
     "Not every beat of the atria reached the ventricles (AV block). Show this to a doctor within days; at once after "
     "fainting.",
     "心房的激动没有全部传到心室（房室传导阻滞）。请在几天内给医生看；如曾晕厥，请立即就医。"},
    {"av_block_2",
     "Not every beat of the atria reached the ventricles (AV block). Show this to a doctor within days; at once after "
     "fainting.",
     "心房的激动没有全部传到心室（房室传导阻滞）。请在几天内给医生看；如曾晕厥，请立即就医。"},
    {"pause", "The heart paused for more than two seconds. Show this to a doctor soon; at once after fainting.",
     "心跳出现了超过两秒的停顿。请尽快给医生看；如曾晕厥，请立即就医。"},
    {"sinoatrial_block",
     "Now and then a beat of the heart's own pacemaker (sinus node) seems not to have reached the atria. Show this to "
     "a "
     "doctor soon; at once after fainting.",
     "心脏自身的起搏点（窦房结）的搏动有时似乎没有传到心房。请尽快给医生看；如曾晕厥，请立即就医。"},
    {"sinus_pause",
     "The heart's own pacemaker (sinus node) seems to have paused. Show this to a doctor soon; at once after fainting.",
     "心脏自身的起搏点（窦房结）似乎出现过停顿。请尽快给医生看；如曾晕厥，请立即就医。"},
    {"ventricular_run", "Several beats in a row came from the ventricles. Show this to a doctor soon.",
     "出现了连续几次室性心搏。请尽快给医生看。"},
    {"frequent_ventricular_ectopy",
     "Many beats came early from the ventricles (extrasystoles). Show this to a doctor soon; at once with dizziness or "
     "fainting.",
     "有许多提前出现的室性心搏（早搏）。请尽快给医生看；如有头晕或晕厥，请立即就医。"},
    {"ventricular_ectopy",
     "Some beats came early from the ventricles (extrasystoles). They are common; show this to a doctor if they are "
     "frequent or felt.",
     "有一些提前出现的室性心搏（早搏）。这很常见；如次数较多或自己能感觉到，请给医生看。"},
    {"supraventricular_tachycardia",
     "Several beats in a row came early and fast from above the ventricles. Show this to a doctor.",
     "出现了连续几次提前而快速的室上性心搏。请给医生看。"},
    {"supraventricular_ectopy",
     "Some beats came early from above the ventricles (extrasystoles). They are common and mostly harmless.",
     "有一些提前出现的室上性心搏（早搏）。这很常见，大多无害。"},
    {"ventricular_pacing", "A pacemaker drives the heart.", "心跳由起搏器带动。"},
    {"atrial_pacing", "A pacemaker drives the atria.", "心房由起搏器带动。"},
    {"left_ventricular_hypertrophy",
     "The waves of the left ventricle are large, as years of high blood pressure can make them. Show this to a doctor.",
     "左心室的波形偏大，长期高血压可有这种表现。请给医生看。"},
    {"right_ventricular_hypertrophy", "The waves of the right ventricle are large. Show this to a doctor.",
     "右心室的波形偏大。请给医生看。"},
    {"regular_without_p", "Where the beats begin could not be seen. Show this to a doctor.",
     "无法判断心跳的起源。请给医生看。"},
    {"irregular_without_p",
     "The beats followed each other unevenly, and where they begin could not be seen: atrial fibrillation can be "
     "missed here. Show this to a doctor within days, at once with a fast pulse; with sudden weakness or trouble "
     "speaking call the emergency number.",
     "心跳不规则，且看不出心跳的起源：可能漏掉心房颤动（房颤）。请在几天内给医生看；如心跳很快，请立即就医；"
     "如突然肢体无力或说话困难，请拨打急救电话。"},
    {"cannot_say_rhythm", "Where the beats begin could not be seen. Show this to a doctor.",
     "无法判断心跳的起源。请给医生看。"},
    {"cannot_say_capture",
     "Stimuli of a pacemaker are seen, but not whether heartbeats follow them. Record again at once; if that does not "
     "help, have the doctor who looks after the pacemaker see this today.",
     "可以看到起搏脉冲，但无法判断其后有没有心跳。请马上重新记录一次；如仍看不清，请今天就让负责起搏器随访的医生看。"},
    {"cannot_say_conduction",
     "Whether each beat of the atria reached the ventricles could not be seen (AV block). See a doctor today; with "
     "dizziness or fainting call the emergency number.",
     "无法判断心房的每次激动是否都传到了心室（房室传导阻滞）。请今天就去看医生；如有头晕或晕厥，请拨打急救电话。"},
    {"supraventricular_run", "Several beats in a row came early from above the ventricles. Show this to a doctor.",
     "出现了连续几次提前的室上性心搏。请给医生看。"},
    {"cannot_say_st",
     "Signs of a heart attack (ST) cannot be judged in waves as broad as these: this page says nothing about them.",
     "波形太宽，无法判断有无心肌梗死的迹象（ST 段）：本页对此不作说明。"},
    {"cannot_say_st_right_chest",
     "Signs of a heart attack (ST) could not be judged in part of the leads, where the waves are broad.",
     "部分导联的波形较宽，无法从中判断有无心肌梗死的迹象（ST 段）。"},
    {"cannot_say_st_leads",
     "Signs of a heart attack (ST) could not be judged in part of the leads, whose waves differed too much from beat "
     "to "
     "beat. Record again with arms and legs at rest.",
     "部分导联的波形逐搏差异太大，无法从中判断有无心肌梗死的迹象（ST 段）。请让四肢放松、静止后重新记录。"},
    {"cannot_say_st_elevation",
     "Part of the curve may be raised (ST), which a heart attack can do, but the recording is not good enough to tell. "
     "With chest pain, breathlessness or cold sweat call the emergency number now; otherwise record again at once, "
     "lying still, and show both recordings to a doctor today.",
     "心电图上有一段曲线可能抬高（ST "
     "段），心肌梗死时可有这种表现，但这次记录的质量不足以判断。如有胸痛、气短或出冷汗，请立即拨打急救电话；否则请平卧"
     "不动，马上重新记录一次，并在今天把两次记录都给医生看。"},
    {"cannot_say_ventricular_beats",
     "Some beats looked unusual, but the recording was disturbed there, which can make them so. Record again, lying "
     "still.",
     "有些心搏的形态异常，但当时记录受到干扰，可能由此造成。请平卧不动，重新记录一次。"},
    {"cannot_say_moving_electrodes",
     "For some time the electrodes moved so much that the beats could not be told apart. Call an ambulance at once if "
     "the person is not awake or does not breathe normally. Otherwise record again, lying still.",
     "有一段时间电极晃动太大，无法分辨每一次心跳。如患者叫不醒或呼吸不正常，请立即拨打急救电话；否则请平卧不动，重新记"
     "录一次。"},
    {"limb_tremor",
     "An arm or a leg trembled, or its electrode was shaken: this can feign or hide signs of illness. Record again "
     "with "
     "arms and legs at rest and warm.",
     "记录时有一侧手臂或腿在抖动，或其电极在晃动：这可能造成异常的假象，也可能掩盖异常。请注意保暖，让四肢放松、静止后"
     "重"
     "新记录。"},
    {"cannot_say_qt", "How fast the ventricles recovered cannot be judged in waves as broad as these.",
     "波形太宽，无法判断心室恢复的快慢（QT）。"},
    {"cannot_say_cut_qt",
     "How fast the ventricles recovered (QT) could not be judged: the next beat comes before they have.",
     "下一次心搏来得太早，无法判断心室恢复的快慢（QT）。"},
    {"cannot_say_uneven_qt",
     "How fast the ventricles recovered (QT) could not be judged: the recording is too restless.",
     "记录受干扰，无法判断心室恢复的快慢（QT）。"},
    {"cannot_say_qtc", "How fast the ventricles recovered (QT) cannot be judged at a rate as slow or fast as this.",
     "心率过慢或过快，无法判断心室恢复的快慢（QT）。"},
    {"coarse_heights",
     "The file gives the height of the waves in coarse steps only. What rests on their height (ST, large waves) may be "
     "wrong; times and rate are not touched by this.",
     "文件中的波形幅度精度太低：与幅度有关的内容（ST 段、波形偏大）可能不准确；时间和心率不受影响。"},
    {"cannot_say_atria", "What the atria do cannot be seen while a pacemaker drives the heart.",
     "心跳由起搏器带动，因此看不出心房的活动情况。"},
    {"cannot_say_missing_leads",
     "Not all twelve leads were recorded and could be judged: a heart attack, large chambers or a block can be missed "
     "here.",
     "十二个导联没有全部记录或不能全部判读：可能漏掉心肌梗死、心腔增大或传导阻滞的迹象。"},
    {"left_atrial_enlargement", "The wave of the left atrium is broad or deep. Show this to a doctor.",
     "左心房的波形偏宽或偏深。请给医生看。"},
    {"right_atrial_enlargement", "The wave of the right atrium is high. Show this to a doctor.",
     "右心房的波形偏高。请给医生看。"},
    {"left_axis_deviation",
     "The heart's forces point more to the left than usual. This can be harmless; show it to a doctor at the next "
     "visit.",
     "心电轴比正常偏左。这可能并无大碍；下次就诊时请给医生看。"},
    {"right_axis_deviation",
     "The heart's forces point more to the right than usual. This can be harmless; show it to a doctor at the next "
     "visit.",
     "心电轴比正常偏右。这可能并无大碍；下次就诊时请给医生看。"},
    {"extreme_axis", "The heart's forces point in an unusual direction. Show this to a doctor.",
     "心电轴的方向少见。请给医生看。"},
    {"left_anterior_fascicular_block",
     "One branch of the conduction in the left ventricle is slower. Show this to a doctor at the next visit.",
     "左心室有一条传导分支传导较慢。下次就诊时请给医生看。"},
    {"left_posterior_fascicular_block",
     "One branch of the conduction in the left ventricle is slower. Show this to a doctor.",
     "左心室有一条传导分支传导较慢。请给医生看。"},
    {"incomplete_rbbb",
     "The right ventricle is excited a little later than usual. This is mostly harmless; show it to a doctor at the "
     "next visit.",
     "右心室的激动比正常稍晚。这大多无害；下次就诊时请给医生看。"},
    {"short_qt", "The ventricles recovered faster than usual (QT). Show this to a doctor.",
     "心室恢复的时间（QT）比正常短。请给医生看。"},
    {"possible_preexcitation",
     "The way from the atria to the ventricles took less time than usual, and the waves are broad: there may be a "
     "second way. Show this to a doctor soon; at once after fainting or a racing heart.",
     "从心房到心室的传导时间比正常短，而且波形宽：心房和心室之间可能另有一条通路。请尽快给医生看；如曾晕厥或突发心跳过"
     "快，请立即就医。"},
    {"short_pr",
     "The way from the atria to the ventricles took less time than usual. Show this to a doctor at the next visit; "
     "sooner after fainting or a racing heart.",
     "从心房到心室的传导时间比正常短。下次就诊时请给医生看；如曾晕厥或突发心跳过快，请尽早就医。"},
    {"unusual_p_axis",
     "The beats seem to begin at an unusual place in the atria, or electrodes are exchanged. Check them; show this to "
     "a doctor at the next visit.",
     "心跳在心房中的起源部位可能与常人不同，也可能是电极接错。请检查电极；下次就诊时请给医生看。"},
    {"low_voltage",
     "The waves are lower than usual. This can come from the build of the body or the lungs, or from fluid about the "
     "heart. Show this to a doctor soon; today with shortness of breath.",
     "波形比正常低。体型或肺部的原因，或心脏周围积液，都可有这种表现。请尽快给医生看；如有气短，请当天就医。"},
    {"adult_limits",
     "What is usual differs in children, and this page uses the limits of adults but for the rate. Have a doctor who "
     "treats children judge this recording.",
     "儿童的正常范围与成人不同，而本页除心率外采用的是成人标准。请由儿科医生判断这份心电图。"},
    {"samples_missing",
     "For part of the time nothing was recorded: what the heart did then is not known. Record again if it was more "
     "than a moment.",
     "有一段时间没有记录到信号，无法得知这段时间的心跳情况。如不只是一瞬间，请重新记录。"},
    {"samples_missing_in_leads",
     "For part of the time most leads recorded nothing, and what is said of it rests on the others alone. Check that "
     "the electrodes hold and record again.",
     "有一段时间大部分导联没有记录到信号，这段时间的结论只依据其余导联。请检查电极是否贴牢后重新记录。"},
    {"filtered_st",
     "The recorder smoothed slow waves away: signs of a heart attack (ST) may be hidden or feigned in this recording.",
     "记录仪滤掉了缓慢的波动：本记录中心肌梗死的迹象（ST 段）可能被掩盖或出现假象。"},
    {"filtered_heights", "The recorder smoothed fast waves away: waves may look lower than they are.",
     "记录仪滤掉了快速的波动：波形可能比实际的低。"},
    {"mains_removed",
     "The hum of mains was taken out before the waves were measured. A recording away from plugs and chargers shows "
     "more.",
     "测量波形之前已去除交流电干扰。远离电源插座和充电器再记录，图形会更清楚。"},
    {"tall_t_waves",
     "Some waves of recovery (T) are unusually high. Have a doctor look at it today, above all with an illness of the "
     "kidneys, weakness or chest pain.",
     "部分导联的 T 波异常高大。请今天就让医生看，有肾病、全身无力或胸痛时尤其要重视。"},
    {"pacing_not_seen",
     "Whether a pacemaker drives the heart could not be seen in this recording. Tell the doctor if there is one.",
     "从这份记录中看不出心跳是否由起搏器带动。如装有起搏器，请告诉医生。"},
}};

const Entry* entry_of(std::string_view code) {
  const auto* const found = std::ranges::find(entries, code, &Entry::code);
  return found == entries.end() ? nullptr : found;
}

}  // namespace

std::optional<PlainWords> plain_words(std::string_view code) {
  const Entry* const entry = entry_of(code);
  return entry == nullptr ? std::nullopt
                          : std::optional(PlainWords{{std::string(entry->english), std::string(entry->chinese)},
                                                     urgency(code).has_value()});
}

}  // namespace xingu::ecg
