// `bylaw keygen NAME`: a pair of keys to sign bundles with.
#include <cerrno>
#include <cstring>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/command_tools.h"
#include "cli/signing.h"
#include "cli/staged_file.h"

namespace bylaw::cli {
namespace {

/// Writes a file that is not there yet.
Status WriteNew(const std::string& path, std::string_view text, mode_t mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) {
    return Error{.message = errno == EEXIST ? "is there already; a key is not replaced"
                                            : fmt::format("cannot be written: {}", std::strerror(errno)),
                 .file = path};
  }
  fchmod(file, mode);
  const Status written = WriteAll(file, text, path);
  if (close(file) != 0 && written.ok())
    return Error{.message = fmt::format("cannot be written: {}", std::strerror(errno)), .file = path};
  if (!written.ok()) unlink(path.c_str());
  return written;
}

int Run(const std::string& name) {
  const Result<KeyPair> keys = MakeKeyPair();
  if (!keys.ok()) return Complain(keys.error());
  const std::string private_path = name + ".key", public_path = name + ".pub";
  if (const Status written = WriteNew(private_path, keys->private_file, S_IRUSR | S_IWUSR); !written.ok())
    return Complain(written.error());
  if (const Status written = WriteNew(public_path, keys->public_file, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
      !written.ok()) {
    unlink(private_path.c_str());
    return Complain(written.error());
  }
  fmt::print("{}: private, for `bylaw compile --sign`; keep it to yourself\n{}: public, for `bylaw check --verify`\n",
             private_path, public_path);
  return kFine;
}

}  // namespace

void AddKeygen(CLI::App& app, Invocation& invocation) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("keygen", "make a pair of keys to sign bundles with");
  command->add_option("NAME", *name, "NAME.key will be the private key, NAME.pub the public one")->required();
  command->callback([name, &invocation] { invocation.run = [name] { return Run(*name); }; });
}

}  // namespace bylaw::cli
