#include "foundation/storage/postgres_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace detoy::foundation {
namespace {

// Object ids of types, which never change: src/include/catalog/pg_type.dat of PostgreSQL.
constexpr Oid bool_type = 16;
constexpr Oid bytea_type = 17;
constexpr Oid name_type = 19;
constexpr Oid bigint_type = 20;
constexpr Oid smallint_type = 21;
constexpr Oid integer_type = 23;
constexpr Oid text_type = 25;
constexpr Oid varchar_type = 1043;
constexpr Oid void_type = 2278;

constexpr int as_text = 0;
constexpr int as_binary = 1;

constexpr int oldest_server = 150'000;

// One line, without what libpq puts around it.
std::string one_line(const char* message) {
  std::string_view text = message == nullptr ? "" : message;
  text = text.substr(0, text.find('\n'));
  constexpr std::string_view label = "ERROR:  ";
  if (text.starts_with(label)) text.remove_prefix(label.size());
  return std::string(text);
}

Oid type_of(const Param& param) {
  if (std::holds_alternative<std::int64_t>(param)) return bigint_type;
  if (std::holds_alternative<std::string_view>(param)) return text_type;
  if (std::holds_alternative<Bytes>(param)) return bytea_type;
  return 0;  // null: the server knows from where it stands
}

std::vector<Oid> types_of(std::span<const Param> params) {
  std::vector<Oid> types(params.size());
  std::transform(params.begin(), params.end(), types.begin(), type_of);
  return types;
}

// Big-endian, as the protocol sends numbers.
std::int64_t number_of(const char* bytes, int size) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  const int unused = 64 - 8 * size;
  return static_cast<std::int64_t>(value << unused) >> unused;
}

bool is_number(Oid type) {
  return type == bigint_type || type == integer_type || type == smallint_type || type == bool_type;
}

// Types whose binary form is what they say.
bool is_bytes(Oid type) {
  return type == text_type || type == bytea_type || type == varchar_type || type == name_type || type == void_type;
}

Rows::Cell cell(const pg_result* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return nullptr;
  const char* bytes = PQgetvalue(result, row, column);
  const int size = PQgetlength(result, row, column);
  if (is_number(PQftype(result, column))) return number_of(bytes, size);
  return std::string(bytes, static_cast<std::size_t>(size));
}

// The values in the form in which libpq takes them. Views into the parameters.
struct Bound {
  explicit Bound(std::span<const Param> params)
      : digits(params.size()), values(params.size()), lengths(params.size()), formats(params.size()) {
    for (std::size_t i = 0; i < params.size(); ++i) {
      values[i] = nullptr;
      formats[i] = as_binary;
      if (const auto* number = std::get_if<std::int64_t>(&params[i])) {
        char* end = std::to_chars(digits[i].data(), digits[i].data() + digits[i].size() - 1, *number).ptr;
        *end = '\0';
        values[i] = digits[i].data();
        formats[i] = as_text;
      } else if (const auto* text = std::get_if<std::string_view>(&params[i])) {
        set(i, *text);
      } else if (const auto* bytes = std::get_if<Bytes>(&params[i])) {
        set(i, bytes->data);
      }
    }
  }
  void set(std::size_t i, std::string_view text) {
    // A null pointer would be taken for null.
    values[i] = text.empty() ? "" : text.data();
    lengths[i] = static_cast<int>(text.size());
  }

  std::vector<std::array<char, 24>> digits;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url, const Options& options) {
  const std::string timeout = std::to_string(std::max<std::int64_t>(1, options.connect_timeout.count() / 1000));
  const std::array<const char*, 4> names = {"dbname", "connect_timeout", "application_name", nullptr};
  const std::array<const char*, 4> values = {url.c_str(), timeout.c_str(), "detoy", nullptr};
  constexpr int expand_url = 1;
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(
      PQconnectdbParams(names.data(), values.data(), expand_url), options.statement_timeout + options.silence));
  if (connection->handle_ == nullptr) return fail(ErrorCategory::unavailable, "PostgreSQL: out of memory");
  if (PQstatus(connection->handle_) != CONNECTION_OK) {
    return fail(ErrorCategory::unavailable,
                fmt::format("PostgreSQL: cannot connect: {}", one_line(PQerrorMessage(connection->handle_))));
  }
  if (const int version = PQserverVersion(connection->handle_); version < oldest_server) {
    return fail(ErrorCategory::usage,
                fmt::format("PostgreSQL: the server is of version {}, and must be of 15 or later", version / 10'000));
  }
  if (PQsetnonblocking(connection->handle_, 1) != 0)
    return fail(ErrorCategory::unavailable, "PostgreSQL: the connection cannot be used without waiting");
  PQsetNoticeProcessor(connection->handle_, [](void*, const char*) {}, nullptr);
  const auto milliseconds = options.statement_timeout.count();
  const std::string settings = fmt::format(
      "SET statement_timeout = {0}; SET lock_timeout = {0}; SET idle_in_transaction_session_timeout = {1}; "
      "SET client_encoding = 'UTF8'; SET timezone = 'UTC'; "
      // Whatever an operator set for others: what is acknowledged must be on the disk.
      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; "
      // All statements have an index to go by. On a small table the planner would rather read all of it, and whoever
      // reads all of a table stands in the way of everybody who writes to it.
      "SET enable_seqscan = off; "
      // What such a plan is said to cost would have every statement compiled, which takes longer than all of ours.
      "SET jit = off",
      milliseconds, 6 * milliseconds);
  const auto set = connection->execute(settings.c_str());
  if (!set) return std::unexpected(set.error());
  return connection;
}

void PostgresConnection::ResultDeleter::operator()(pg_result* result) const {
  PQclear(result);
}

PostgresConnection::~PostgresConnection() {
  PQfinish(handle_);
}

bool PostgresConnection::usable() const {
  return !silent_ && PQstatus(handle_) == CONNECTION_OK;
}

bool PostgresConnection::in_transaction() const {
  return PQtransactionStatus(handle_) != PQTRANS_IDLE;
}

// Classes of SQLSTATE: PostgreSQL's documentation, appendix A.
Error PostgresConnection::error(const pg_result* result, const char* doing) {
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  const bool conflicts = state == "40001" || state == "40P01";
  // Two instances that make the schema together: the second did not see what the first had made when it began.
  const bool made_twice = state == "42P07" || state == "42710";
  may_try_again_ = conflicts || made_twice;
  ErrorCategory category = ErrorCategory::internal;
  if (state.starts_with("23")) category = ErrorCategory::conflict;
  if (state.starts_with("58") || state.starts_with("XX")) category = ErrorCategory::io;
  if (state.empty() || conflicts || state.starts_with("08") || state.starts_with("53") || state.starts_with("57") ||
      state == "55P03" || state == "25P03") {
    category = ErrorCategory::unavailable;
  }
  if (silent_) return {ErrorCategory::unavailable, fmt::format("PostgreSQL: {}: the server does not answer", doing)};
  const char* told = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {category,
          fmt::format("PostgreSQL: {}: {}", doing, one_line(told == nullptr ? PQerrorMessage(handle_) : told))};
}

Result<const PostgresConnection::Prepared*> PostgresConnection::prepare(const char* text,
                                                                        std::span<const Param> params) {
  const auto known = prepared_.find(text);
  if (known != prepared_.end()) return &known->second;
  const std::vector<Oid> types = types_of(params);
  Prepared prepared{fmt::format("s{}", prepared_.size())};
  const OwnedResult done =
      answer(PQsendPrepare(handle_, prepared.name.c_str(), text, static_cast<int>(types.size()), types.data()));
  if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) return std::unexpected(error(done.get(), "cannot prepare"));
  return &prepared_.emplace(text, std::move(prepared)).first->second;
}

Result<Rows> PostgresConnection::rows_of(pg_result* result, const char* doing) {
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return std::unexpected(error(result, doing));
  const int columns = PQnfields(result);
  for (int column = 0; column < columns; ++column) {
    const Oid type = PQftype(result, column);
    if (is_number(type) || is_bytes(type)) continue;
    return fail(ErrorCategory::internal,
                fmt::format("PostgreSQL: a statement gave a column of type {}, cast it", type));
  }
  Rows rows(static_cast<std::size_t>(columns));
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < columns; ++column) rows.add(cell(result, row, column));
  }
  if (!std::string_view(PQcmdStatus(result)).starts_with("SELECT")) {
    const std::string_view count = PQcmdTuples(result);
    std::int64_t changed = 0;
    std::from_chars(count.data(), count.data() + count.size(), changed);
    rows.set_changed(changed);
  }
  return rows;
}

Result<Rows> PostgresConnection::run(const Statement& statement, std::span<const Param> params) {
  may_try_again_ = false;
  const auto prepared = prepare(statement.postgres, params);
  if (!prepared) return std::unexpected(prepared.error());
  const Bound bound(params);
  const OwnedResult result =
      answer(PQsendQueryPrepared(handle_, (*prepared)->name.c_str(), static_cast<int>(params.size()),
                                 bound.values.data(), bound.lengths.data(), bound.formats.data(), as_binary));
  return rows_of(result.get(), "cannot run a statement");
}

Result<void> PostgresConnection::run_together(const char* name, std::span<const std::vector<Param>> many,
                                              std::vector<Rows>& all) {
  int sent = 1;
  for (std::size_t i = 0; i < many.size() && sent != 0; ++i) {
    const Bound bound(many[i]);
    sent = PQsendQueryPrepared(handle_, name, static_cast<int>(many[i].size()), bound.values.data(),
                               bound.lengths.data(), bound.formats.data(), as_binary);
  }
  constexpr const char* doing = "cannot run a statement";
  if (sent == 0 || PQpipelineSync(handle_) == 0) return std::unexpected(error(nullptr, doing));
  Result<void> outcome;
  for (std::size_t i = 0; i < many.size(); ++i) {
    const OwnedResult result = next_result();
    if (result == nullptr) return std::unexpected(error(nullptr, doing));
    // Those behind one that failed are not run: the first one tells.
    if (outcome) {
      auto rows = rows_of(result.get(), doing);
      if (rows) all.push_back(std::move(*rows));
      if (!rows) outcome = std::unexpected(rows.error());
    }
    if (next_result() != nullptr || silent_) return std::unexpected(error(nullptr, doing));
  }
  if (const OwnedResult end = next_result(); PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC)
    return std::unexpected(error(end.get(), doing));
  return outcome;
}

Result<std::vector<Rows>> PostgresConnection::run_many(const Statement& statement,
                                                       std::span<const std::vector<Param>> many) {
  may_try_again_ = false;
  std::vector<Rows> all;
  if (many.empty()) return all;
  const auto prepared = prepare(statement.postgres, many.front());
  if (!prepared) return std::unexpected(prepared.error());
  if (PQenterPipelineMode(handle_) == 0) return std::unexpected(error(nullptr, "cannot send statements together"));
  auto done = run_together((*prepared)->name.c_str(), many, all);
  const bool may_try_again = may_try_again_;
  // Refused while answers are outstanding: whoever uses the connection next would take them for its own.
  if (PQexitPipelineMode(handle_) == 0) silent_ = true;
  may_try_again_ = may_try_again;
  if (!done) return std::unexpected(done.error());
  return all;
}

Result<Rows> PostgresConnection::run_once(const std::string& text, std::span<const Param> params) {
  may_try_again_ = false;
  const std::vector<Oid> types = types_of(params);
  const Bound bound(params);
  const OwnedResult result =
      answer(PQsendQueryParams(handle_, text.c_str(), static_cast<int>(params.size()), types.data(),
                               bound.values.data(), bound.lengths.data(), bound.formats.data(), as_binary));
  return rows_of(result.get(), "cannot run a statement");
}

Result<Rows> PostgresConnection::execute(const char* texts) {
  may_try_again_ = false;
  const OwnedResult result = answer(PQsendQuery(handle_, texts));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    return std::unexpected(error(result.get(), "cannot run a statement"));
  // The simple protocol answers in text.
  const int columns = PQnfields(result.get());
  Rows rows(static_cast<std::size_t>(columns));
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    for (int column = 0; column < columns; ++column) rows.add(std::string(PQgetvalue(result.get(), row, column)));
  }
  return rows;
}

}  // namespace detoy::foundation
