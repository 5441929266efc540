// SPDX-License-Identifier: Apache-2.0
#include "dose/influence_store.h"

#include <hdf5.h>

#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

/// HDF5's C library holds global state.
std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

/// Holds the library for this thread. Errors come back as exceptions, not as HDF5's own print, which each thread has
/// apart.
class LibraryLock {
 public:
  LibraryLock() : lock_(library_mutex()) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

 private:
  std::scoped_lock<std::mutex> lock_;
};

/// Owns an HDF5 identifier.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {
    if (id < 0) {
      throw EnvironmentError("HDF5 refused an operation; check the folder and the free space");
    }
  }
  ~Handle() { close_(id_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

template <class T>
hid_t memory_type();
template <>
hid_t memory_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t memory_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t memory_type<std::uint16_t>() {
  return H5T_NATIVE_UINT16;
}
template <>
hid_t memory_type<std::uint64_t>() {
  return H5T_NATIVE_UINT64;
}

void require(herr_t status) {
  if (status < 0) {
    throw EnvironmentError("HDF5 could not read or write a data set; check the folder and the free space");
  }
}

template <class T>
void write_array(hid_t file, const char* name, const std::vector<T>& values) {
  const hsize_t size = values.size();
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Handle set(H5Dcreate2(file, name, memory_type<T>(), space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                   H5Dclose);
  if (size > 0) {
    require(H5Dwrite(set.get(), memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  }
}

template <class T>
std::vector<T> read_array(hid_t file, const char* name) {
  const Handle set(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose);
  const Handle space(H5Dget_space(set.get()), H5Sclose);
  const hssize_t size = H5Sget_simple_extent_npoints(space.get());
  const hsize_t stored = H5Dget_storage_size(set.get());
  XINGU_REQUIRE(size >= 0 && static_cast<hsize_t>(size) * sizeof(T) == stored,
                "stored influence matrix: a data set's size is wrong (it is damaged); delete it and run again");
  std::vector<T> values(static_cast<std::size_t>(size));
  if (size > 0) {
    require(H5Dread(set.get(), memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  }
  return values;
}

template <class T>
void write_attribute(hid_t file, const char* name, T value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(file, name, memory_type<T>(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  require(H5Awrite(attribute.get(), memory_type<T>(), &value));
}

template <class T>
T read_attribute(hid_t file, const char* name) {
  const Handle attribute(H5Aopen(file, name, H5P_DEFAULT), H5Aclose);
  T value{};
  require(H5Aread(attribute.get(), memory_type<T>(), &value));
  return value;
}

}  // namespace

InfluenceStore::InfluenceStore(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    throw EnvironmentError(
        fmt::format("{}: the folder cannot be made ({}); choose another", folder_.string(), error.message()));
  }
}

fs::path InfluenceStore::path_of(std::uint64_t key) const { return folder_ / fmt::format("beam-{:016x}.h5", key); }

std::optional<InfluenceMatrix::Beam> InfluenceStore::load(std::uint64_t key, std::size_t num_rows) const {
  const fs::path path = path_of(key);
  if (!fs::exists(path)) {
    return std::nullopt;
  }
  const LibraryLock lock;
  try {
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (read_attribute<std::uint64_t>(file.get(), "format") != 1 ||
        read_attribute<std::uint64_t>(file.get(), "num_rows") != num_rows) {
      return std::nullopt;
    }
    const double beamlet_mm = read_attribute<double>(file.get(), "beamlet_mm");
    const auto x = read_array<float>(file.get(), "x_mm");
    const auto y = read_array<float>(file.get(), "y_mm");
    InfluenceBlock::Arrays arrays{
        read_array<std::uint64_t>(file.get(), "segment_start"), read_array<std::uint16_t>(file.get(), "rows"),
        read_array<std::uint16_t>(file.get(), "values"), read_array<float>(file.get(), "scale")};
    if (x.size() != y.size() || x.size() != arrays.scale.size()) {
      return std::nullopt;
    }
    InfluenceMatrix::Beam beam{beamlet_mm, {}, InfluenceBlock(num_rows, std::move(arrays))};
    for (std::size_t i = 0; i < x.size(); ++i) {
      beam.beamlets.push_back({x[i], y[i]});
    }
    return beam;
  } catch (const std::exception&) {
    return std::nullopt;  // a damaged file is as good as none: the beam is computed again
  }
}

void InfluenceStore::save(std::uint64_t key, const InfluenceMatrix::Beam& beam) const {
  const InfluenceBlock::Arrays arrays = beam.block.arrays();
  std::vector<float> x;
  std::vector<float> y;
  for (const Beamlet& b : beam.beamlets) {
    x.push_back(b.x_mm);
    y.push_back(b.y_mm);
  }
  const LibraryLock lock;
  write_file_with(path_of(key), [&](const fs::path& temporary) {
    const Handle file(H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    write_attribute<std::uint64_t>(file.get(), "format", 1);
    write_attribute<std::uint64_t>(file.get(), "num_rows", beam.block.num_rows());
    write_attribute<double>(file.get(), "beamlet_mm", beam.beamlet_mm);
    write_array(file.get(), "x_mm", x);
    write_array(file.get(), "y_mm", y);
    write_array(file.get(), "segment_start", arrays.segment_start);
    write_array(file.get(), "rows", arrays.rows);
    write_array(file.get(), "values", arrays.values);
    write_array(file.get(), "scale", arrays.scale);
  });
}

}  // namespace xingu
