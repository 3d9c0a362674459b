package main

import (
	"path/filepath"
	"testing"
)

func TestBenchPostsNoCommentsButThoseOfTheFile(t *testing.T) {
	empty := write(t, filepath.Join(t.TempDir(), "empty.jsonl"), "\n")
	bad(t, t.TempDir(), 1, "internal", "has no comments", "bench", "--url", "http://127.0.0.1:1", "--key", "wk_key", "--data", empty)
}
