// Package configs is winnow's configuration: the Config type with its defaults,
// strict loading, and the commented example files that ship with winnow.
//
// A setting comes from the first of these that has it: a command line flag, an
// environment variable (WINNOW_SERVER_LISTEN for server.listen), the configuration
// file, the default. Load reads all of them and reports everything that is wrong
// at once, each fault with the place where it stands:
//
//	winnow.yaml:3:3: server.lisen: unknown key; the nearest known one is server.listen
//	WINNOW_QUEUE_MAX_AGE: queue.max_age: "30" is not a duration: ...
//
// Nothing is guessed: unknown and doubled keys, values of another type or out of
// range, unknown WINNOW_* variables, anchors, aliases, tags and further documents
// are faults, also where a value with precedence hides them. An environment
// variable that is set but empty counts as not set.
//
// A Config is plain data. Load never changes one that it has returned, so it may
// be read by any number of goroutines.
package configs
