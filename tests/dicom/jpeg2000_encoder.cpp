// SPDX-License-Identifier: Apache-2.0
#include "jpeg2000_encoder.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace xingu::test {
namespace {

void require(bool is_so) {
  if (!is_so) {
    throw std::runtime_error("OpenJPEG does not encode this image");
  }
}

/// What OpenJPEG writes, in memory.
struct MemorySink {
  std::string bytes;
  std::size_t position = 0;

  static OPJ_SIZE_T write(void* buffer, OPJ_SIZE_T count, void* self) {
    auto& sink = *static_cast<MemorySink*>(self);
    sink.bytes.resize(std::max(sink.bytes.size(), sink.position + count));
    std::memcpy(sink.bytes.data() + sink.position, buffer, count);
    sink.position += count;
    return count;
  }
  static OPJ_OFF_T skip(OPJ_OFF_T count, void* self) {
    static_cast<MemorySink*>(self)->position += static_cast<std::size_t>(count);
    return count;
  }
  static OPJ_BOOL seek(OPJ_OFF_T position, void* self) {
    static_cast<MemorySink*>(self)->position = static_cast<std::size_t>(position);
    return OPJ_TRUE;
  }
};

opj_cparameters_t parameters_of(const Jpeg2000Coding& coding) {
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.irreversible = coding.wavelet == Wavelet::irreversible ? 1 : 0;
  parameters.numresolution = coding.num_levels + 1;
  parameters.tcp_mct = 0;
  parameters.tcp_numlayers = coding.num_layers;
  parameters.cp_disto_alloc = 1;
  for (int layer = 0; layer < coding.num_layers; ++layer) {  // compression factors; 0: everything that is left
    parameters.tcp_rates[layer] =
        layer + 1 < coding.num_layers ? static_cast<float>(8 * (coding.num_layers - layer)) : 0;
  }
  if (coding.tile > 0) {
    parameters.tile_size_on = OPJ_TRUE;
    parameters.cp_tdx = coding.tile;
    parameters.cp_tdy = coding.tile;
  }
  if (coding.precinct > 0) {
    parameters.csty |= 1;
    parameters.res_spec = 1;
    parameters.prcw_init[0] = coding.precinct;
    parameters.prch_init[0] = coding.precinct;
  }
  return parameters;
}

std::unique_ptr<opj_image_t, void (*)(opj_image_t*)> image_of(const std::vector<std::int32_t>& samples,
                                                              const PixelLayout& layout, int num_components) {
  opj_image_cmptparm_t one{};
  one.dx = 1;
  one.dy = 1;
  one.w = static_cast<OPJ_UINT32>(layout.columns);
  one.h = static_cast<OPJ_UINT32>(layout.rows);
  one.prec = static_cast<OPJ_UINT32>(layout.bits_stored);
  one.sgnd = layout.is_signed ? 1 : 0;
  std::vector<opj_image_cmptparm_t> components(static_cast<std::size_t>(num_components), one);
  std::unique_ptr<opj_image_t, void (*)(opj_image_t*)> image(
      opj_image_create(static_cast<OPJ_UINT32>(num_components), components.data(), OPJ_CLRSPC_GRAY), opj_image_destroy);
  require(image != nullptr && samples.size() == layout.num_pixels());
  image->x1 = one.w;
  image->y1 = one.h;
  for (int c = 0; c < num_components; ++c) {
    std::ranges::copy(samples, image->comps[c].data);
  }
  return image;
}

}  // namespace

std::string encode_jpeg2000(const std::vector<std::int32_t>& samples, const PixelLayout& layout,
                            const Jpeg2000Coding& coding) {
  const auto image = image_of(samples, layout, coding.num_components);
  opj_cparameters_t parameters = parameters_of(coding);
  const bool is_boxed = coding.container == Container::jp2_boxes;
  const std::unique_ptr<opj_codec_t, void (*)(opj_codec_t*)> codec(
      opj_create_compress(is_boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), opj_destroy_codec);
  const std::unique_ptr<opj_stream_t, void (*)(opj_stream_t*)> stream(opj_stream_default_create(OPJ_FALSE),
                                                                      opj_stream_destroy);
  MemorySink sink;
  opj_stream_set_user_data(stream.get(), &sink, nullptr);
  opj_stream_set_write_function(stream.get(), MemorySink::write);
  opj_stream_set_skip_function(stream.get(), MemorySink::skip);
  opj_stream_set_seek_function(stream.get(), MemorySink::seek);
  require(opj_setup_encoder(codec.get(), &parameters, image.get()) == OPJ_TRUE);
  require(opj_start_compress(codec.get(), image.get(), stream.get()) == OPJ_TRUE);
  require(opj_encode(codec.get(), stream.get()) == OPJ_TRUE);
  require(opj_end_compress(codec.get(), stream.get()) == OPJ_TRUE);
  return sink.bytes;
}

}  // namespace xingu::test
