// The certificate and private key that a server shows who it is with: PEM files, read at start and again when they were
// replaced.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace detoy::serve {

class TlsIdentity {
 public:
  // The first file has the certificate and those of its issuers, in that order; the second its key, without a
  // passphrase. Errors (category usage) name the file, and never show what is in it.
  static Result<std::shared_ptr<TlsIdentity>> load(std::string certificate_file, std::string key_file);

  // Thread-safe. Reads the files again: for connections that begin from now on. After an error all stays as it was.
  Result<void> reload();
  // Thread-safe. TLS 1.2 and later, HTTP/1.1. Whoever uses it keeps it alive.
  std::shared_ptr<boost::asio::ssl::context> context() const;

 private:
  TlsIdentity(std::string certificate_file, std::string key_file);

  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace detoy::serve
