// Command lectern keeps courses in the XML format of Open edX (OLX): it imports archives, keeps every version, shows them and
// exports them again without loss.
//
// # How a command runs
//
// main hands its surroundings to run (main.go), which is the whole program as a function: arguments, streams and environment
// in, exit code out. An app holds what is common to the commands. Before a command starts, its settings are put together
// from flags, variables and the configuration file (config.go). A command then opens the store if it needs one (open.go), does its work
// through packages importer, exporter and modulestore, and prints a result (print.go) for people or, with --json, for machines.
// Errors are returned to run, which looks up their exit code in one list (exit.go).
//
// Every command has a file of its own name, with its options, its flags and its run function; main.go lists them.
//
// # Text from archives
//
// Titles, file names and messages come from archives and may hold anything. Whatever is printed goes through safe, or for JSON through
// safeJSON, so that no course can send commands to a terminal.
package main
