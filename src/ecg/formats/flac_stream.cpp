// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/flac_stream.h"

#include <FLAC/stream_decoder.h>
#include <FLAC/stream_encoder.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace xingu::ecg {
namespace {

// FLAC names a sampling frequency; WFDB keeps it in the header and writes this stand-in into the stream
constexpr unsigned nominal_rate_Hz = 96000;

struct DecodeState {
  std::string_view bytes;
  std::size_t at = 0;
  std::uint64_t limit_samples = 0;
  std::uint64_t num_samples = 0;
  bool is_damaged = false;
  bool is_too_long = false;
  FlacAudio audio;
};

FLAC__StreamDecoderReadStatus read_bytes(const FLAC__StreamDecoder*, FLAC__byte buffer[], std::size_t* size,
                                         void* client) {
  auto& state = *static_cast<DecodeState*>(client);
  *size = std::min(*size, state.bytes.size() - state.at);
  std::memcpy(buffer, state.bytes.data() + state.at, *size);
  state.at += *size;
  return *size == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
}

FLAC__StreamDecoderWriteStatus take_frame(const FLAC__StreamDecoder*, const FLAC__Frame* frame,
                                          const FLAC__int32* const buffer[], void* client) {
  auto& state = *static_cast<DecodeState*>(client);
  const unsigned channels = frame->header.channels;
  if (state.audio.channels.empty()) {
    state.audio.channels.resize(channels);
    state.audio.bits = static_cast<int>(frame->header.bits_per_sample);
  }
  state.num_samples += std::uint64_t{frame->header.blocksize} * channels;
  state.is_too_long = state.num_samples > state.limit_samples;
  if (state.audio.channels.size() != channels || state.is_too_long) {
    state.is_damaged = true;
    return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  }
  for (unsigned c = 0; c < channels; ++c) {
    state.audio.channels[c].insert(state.audio.channels[c].end(), buffer[c], buffer[c] + frame->header.blocksize);
  }
  return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

void note_damage(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void* client) {
  static_cast<DecodeState*>(client)->is_damaged = true;
}

FLAC__StreamEncoderWriteStatus append_bytes(const FLAC__StreamEncoder*, const FLAC__byte buffer[], std::size_t size,
                                            unsigned, unsigned, void* client) {
  static_cast<std::string*>(client)->append(reinterpret_cast<const char*>(buffer), size);
  return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
}

struct DecoderDeleter {
  void operator()(FLAC__StreamDecoder* decoder) const { FLAC__stream_decoder_delete(decoder); }
};
struct EncoderDeleter {
  void operator()(FLAC__StreamEncoder* encoder) const { FLAC__stream_encoder_delete(encoder); }
};

}  // namespace

FlacAudio decode_flac(std::string_view bytes, std::uint64_t limit_samples, std::string_view file) {
  DecodeState state;
  state.bytes = bytes;
  state.limit_samples = limit_samples;
  const std::unique_ptr<FLAC__StreamDecoder, DecoderDeleter> decoder(FLAC__stream_decoder_new());
  const bool is_decoded =
      decoder != nullptr &&
      FLAC__stream_decoder_init_stream(decoder.get(), read_bytes, nullptr, nullptr, nullptr, nullptr, take_frame,
                                       nullptr, note_damage, &state) == FLAC__STREAM_DECODER_INIT_STATUS_OK &&
      FLAC__stream_decoder_process_until_end_of_stream(decoder.get()) != 0;
  XINGU_REQUIRE(!state.is_too_long, "{}: more than {} FLAC samples (they are not what the header says); check the file",
                file, limit_samples);
  XINGU_REQUIRE(is_decoded && !state.is_damaged && !state.audio.channels.empty(),
                "{}: the FLAC stream is damaged (its samples cannot be trusted); copy the file again", file);
  return std::move(state.audio);
}

std::string encode_flac(std::span<const std::vector<std::int32_t>> channels, int bits) {
  XINGU_REQUIRE(!channels.empty() && channels.size() <= FLAC__MAX_CHANNELS,
                "{} signals in one FLAC file (it holds one to eight); use several files", channels.size());
  std::string out;
  const std::unique_ptr<FLAC__StreamEncoder, EncoderDeleter> encoder(FLAC__stream_encoder_new());
  XINGU_REQUIRE(encoder != nullptr, "the FLAC encoder cannot start (out of memory); use format 16");
  FLAC__stream_encoder_set_channels(encoder.get(), static_cast<unsigned>(channels.size()));
  FLAC__stream_encoder_set_bits_per_sample(encoder.get(), static_cast<unsigned>(bits));
  FLAC__stream_encoder_set_sample_rate(encoder.get(), nominal_rate_Hz);
  FLAC__stream_encoder_set_compression_level(encoder.get(), 5);
  std::vector<const FLAC__int32*> pointers;
  std::ranges::transform(channels, std::back_inserter(pointers), [](const auto& channel) { return channel.data(); });
  const bool is_encoded = FLAC__stream_encoder_init_stream(encoder.get(), append_bytes, nullptr, nullptr, nullptr,
                                                           &out) == FLAC__STREAM_ENCODER_INIT_STATUS_OK &&
                          FLAC__stream_encoder_process(encoder.get(), pointers.data(),
                                                       static_cast<unsigned>(channels.front().size())) != 0 &&
                          FLAC__stream_encoder_finish(encoder.get()) != 0;
  if (!is_encoded) {
    throw EnvironmentError("FLAC encoding failed (libFLAC gave up); use WFDB format 16");
  }
  return out;
}

}  // namespace xingu::ecg
