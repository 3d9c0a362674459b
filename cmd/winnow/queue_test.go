package main

import (
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"github.com/winnowd/winnow/store"
)

// fail makes comments look as if their judgement had failed for good.
func fail(t *testing.T, dir string, ids ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		_, failed := db.ExecContext(t.Context(), "UPDATE revisions SET dead = 1, attempts = 5, last_error = ? WHERE comment_id = ?", "first\tline \x1b[31m\nsecond line", id)
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestFailedCommentsAreShownAndPutBack(t *testing.T) {
	dir := t.TempDir()
	d := serve(t, dir)
	for _, id := range []string{"c-1", "c-2", "c-3"} {
		if status := d.post(t, d.first.Key, id); status != http.StatusOK {
			t.Fatalf("post: %d", status)
		}
	}
	d.stop()
	fail(t, dir, "c-1", "c-2", "c-3")

	list := good[[]store.Waiting](t, dir, "queue", "list")
	if len(list) != 3 || list[0].CommentID != "c-1" || list[0].State != "dead" || list[0].Attempts != 5 || list[0].Site != "default" {
		t.Errorf("list: %+v", list)
	}
	if list := good[[]store.Waiting](t, dir, "queue", "list", "--limit", "2", "--site", "default"); len(list) != 2 {
		t.Errorf("limited list: %+v", list)
	}
	if o := winnow(t, dir, "queue", "list"); !strings.Contains(o.out, "first�line �[31m\n") || strings.ContainsRune(o.out, 0x1b) {
		t.Errorf("table: %q", o.out)
	}

	type retried struct {
		Retried int `json:"retried"`
	}
	if r := good[retried](t, dir, "queue", "retry", "--comment", "c-1"); r.Retried != 1 {
		t.Errorf("without a daemon: %+v", r)
	}
	serve(t, dir)
	if r := good[retried](t, dir, "queue", "retry", "--site", "default", "--comment", "c-2"); r.Retried != 1 {
		t.Errorf("with a daemon: %+v", r)
	}
	bad(t, dir, 1, "not-found", `there is no comment "c-2" whose judgement failed for good`, "queue", "retry", "--comment", "c-2")
	if r := good[retried](t, dir, "queue", "retry"); r.Retried != 1 {
		t.Errorf("all that are left: %+v", r)
	}
	if r := good[retried](t, dir, "queue", "retry"); r.Retried != 0 {
		t.Errorf("nothing is left: %+v", r)
	}
}
