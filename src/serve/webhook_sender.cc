#include "serve/webhook_sender.h"

#include <curl/curl.h>

#include "serve/public_address.h"

namespace detoy::serve {
namespace {

constexpr std::size_t most_of_an_answer = 64 << 10;

// What libcurl's callbacks see of one POST.
struct Course {
  const std::atomic<bool>* stop = nullptr;
  bool private_addresses = false;
  bool refused = false;
  std::size_t received = 0;
};

curl_socket_t open_socket(void* course, curlsocktype, curl_sockaddr* address) {
  auto* own = static_cast<Course*>(course);
  if (!own->private_addresses && !is_public_address(address->addr)) {
    own->refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// The answer's body is nobody's: a long one ends the transfer, which has its status by then.
std::size_t drop(char*, std::size_t size, std::size_t count, void* course) {
  auto* own = static_cast<Course*>(course);
  own->received += size * count;
  return own->received > most_of_an_answer ? 0 : size * count;
}

int go_on(void* course, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Course*>(course)->stop->load() ? 1 : 0;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void add(List& list, const std::string& line) {
  // Gives null, and leaves the list as it was, when there is no memory.
  curl_slist* shorter = list.release();
  curl_slist* longer = curl_slist_append(shorter, line.c_str());
  list.reset(longer == nullptr ? shorter : longer);
}

}  // namespace

class WebhookSender::Impl {
 public:
  explicit Impl(bool private_addresses) : private_addresses_(private_addresses) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    handle_ = curl_easy_init();
  }
  ~Impl() {
    curl_easy_cleanup(handle_);
    curl_global_cleanup();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  WebhookAnswer post(const WebhookPost& post, const std::atomic<bool>& stop) {
    if (handle_ == nullptr) return {.error = "this machine is out of memory"};
    Course course{.stop = &stop, .private_addresses = private_addresses_};
    List headers;
    for (const auto& [name, value] : post.headers) add(headers, name + ": " + value);
    add(headers, "Expect:");
    prepare(post, headers.get(), course);
    const CURLcode code = curl_easy_perform(handle_);
    WebhookAnswer answer = answer_of(code, course);
    // Connections stay; what points to here does not.
    curl_easy_reset(handle_);
    return answer;
  }

 private:
  void prepare(const WebhookPost& post, curl_slist* headers, Course& course) {
    curl_easy_setopt(handle_, CURLOPT_URL, post.url.c_str());
    curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle_, CURLOPT_PROXY, "");
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    // A name server that does not answer is not waited for longer than that.
    curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(handle_, CURLOPT_MAXCONNECTS, 4L);
    curl_easy_setopt(handle_, CURLOPT_USERAGENT, "detoy");
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, post.body.data());
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(post.timeout.count()));
    curl_easy_setopt(handle_, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(handle_, CURLOPT_OPENSOCKETDATA, &course);
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &course);
    curl_easy_setopt(handle_, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(handle_, CURLOPT_XFERINFODATA, &course);
    curl_easy_setopt(handle_, CURLOPT_NOPROGRESS, 0L);
  }

  WebhookAnswer answer_of(CURLcode code, const Course& course) {
    WebhookAnswer answer;
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && course.received > most_of_an_answer)) {
      long status = 0;
      curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
      answer.status = static_cast<int>(status);
      curl_off_t seconds = 0;
      curl_easy_getinfo(handle_, CURLINFO_RETRY_AFTER, &seconds);
      if (seconds > 0) answer.retry_after = std::chrono::seconds(seconds);
      return answer;
    }
    answer.stopped = code == CURLE_ABORTED_BY_CALLBACK && course.stop->load();
    answer.refused = course.refused && code == CURLE_COULDNT_CONNECT;
    // libcurl's own words, without addresses: its longer text would tell strangers of the network here.
    answer.error = answer.refused ? "the address of the host is not public" : curl_easy_strerror(code);
    return answer;
  }

  bool private_addresses_;
  CURL* handle_ = nullptr;
};

WebhookSender::WebhookSender(bool private_addresses) : impl_(std::make_unique<Impl>(private_addresses)) {}
WebhookSender::~WebhookSender() = default;

WebhookAnswer WebhookSender::post(const WebhookPost& post, const std::atomic<bool>& stop) {
  return impl_->post(post, stop);
}

}  // namespace detoy::serve
