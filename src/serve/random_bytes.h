// Random bytes in small portions, at little cost.
#pragma once

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <span>

namespace detoy::serve {

// OpenSSL's, of which many are drawn at a time. Thread-safe.
class RandomBytes {
 public:
  // False: this machine gives none; then they are as they were.
  bool fill(std::span<unsigned char> bytes) {
    const std::lock_guard guard(mutex_);
    for (unsigned char& byte : bytes) {
      if (used_ == drawn_.size()) {
        if (RAND_bytes(drawn_.data(), static_cast<int>(drawn_.size())) != 1) return false;
        used_ = 0;
      }
      byte = drawn_[used_++];
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::array<unsigned char, 4096> drawn_{};
  std::size_t used_ = drawn_.size();
};

}  // namespace detoy::serve
