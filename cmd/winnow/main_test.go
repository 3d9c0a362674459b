package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_WINNOW") != "" {
		os.Exit(run(context.Background(), os.Args[1:], nil, os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// outcome is what a command left behind.
type outcome struct {
	code     int
	out, err string
}

// winnow runs a command in process, on a data directory.
func winnow(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	return winnowEnv(t, nil, append(args, "--data-dir", dir)...)
}

func winnowEnv(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, env, &out, &err)
	return outcome{code, out.String(), err.String()}
}

// good decodes the JSON result of a command that must succeed.
func good[T any](t *testing.T, dir string, args ...string) (result T) {
	t.Helper()
	o := winnow(t, dir, append(args, "--json")...)
	if o.code != 0 || o.err != "" {
		t.Fatalf("%v: exit code %d, %s", args, o.code, o.err)
	}
	if err := json.Unmarshal([]byte(o.out), &result, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("%v printed %q: %v", args, o.out, err)
	}
	return result
}

// bad checks that a command fails in the same way with and without --json: the exit
// code, the problem's type, a part of the message, and nothing on standard output.
func bad(t *testing.T, dir string, code int, kind, message string, args ...string) problem {
	t.Helper()
	text := winnow(t, dir, args...)
	if text.code != code || text.out != "" || !strings.Contains(text.err, message) {
		t.Errorf("%v: got %+v, want exit code %d and %q on standard error alone", args, text, code, message)
	}
	o := winnow(t, dir, append(args, "--json")...)
	var p problem
	if err := json.Unmarshal([]byte(o.err), &p, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("%v --json: standard error %q: %v", args, o.err, err)
	}
	if o.code != code || o.out != "" || p.Type != "urn:winnow:problem:"+kind || p.Title == "" || !strings.Contains(p.Detail, message) {
		t.Errorf("%v --json: got %+v, want exit code %d, type %s, detail %q", args, o, code, kind, message)
	}
	return p
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
