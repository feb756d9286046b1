// The commands that make and complete rather than judge; registered like those of command.h.
#pragma once

namespace CLI {
class App;
}

namespace bylaw::cli {

struct Invocation;

void AddInit(CLI::App& app, Invocation& invocation);
void AddKeygen(CLI::App& app, Invocation& invocation);
void AddMan(CLI::App& app, Invocation& invocation);
void AddSchema(CLI::App& app, Invocation& invocation);
void AddCompletion(CLI::App& app, Invocation& invocation);

}  // namespace bylaw::cli
