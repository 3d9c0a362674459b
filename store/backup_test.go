package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// backup takes a backup and returns its file.
func (f *fixture) backup() string {
	f.t.Helper()
	path := filepath.Join(f.t.TempDir(), "backup")
	b, err := f.Backup(f.t.Context(), path, false, map[string][]byte{"winnow.key": []byte("key"), "../evil": []byte("x")})
	if err != nil {
		f.t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Size() != b.Bytes || b.Bytes == 0 {
		f.t.Errorf("the file is %v, %v; told of %d bytes", info, err, b.Bytes)
	}
	if _, err := os.Stat(path + ".partial"); err == nil {
		f.t.Error("the partial file is still there")
	}
	return path
}

func restored(t *testing.T, dir, path string) *Restored {
	t.Helper()
	r, err := Restore(t.Context(), dir, path, []string{"winnow.key"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestABackupIsRestoredWithANewEpoch(t *testing.T) {
	f := open(t)
	f.eventful()
	want := plain(t, f.exported(f.site))
	before, epoch := f.Position(), f.Epoch()
	path := f.backup()
	late := f.comment("late", "accepted after the backup")
	f.decide(judgement(late, models.Approve))
	lost := f.Position()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r := restored(t, f.opts.Dir, path)
	if !slices.Equal(r.Files, []string{"winnow.key"}) || r.Aside == "" {
		t.Errorf("restored %+v", r)
	}
	if key, err := os.ReadFile(filepath.Join(f.opts.Dir, "winnow.key")); err != nil || string(key) != "key" {
		t.Errorf("the key is %q, %v", key, err)
	}
	f.start()
	if f.Epoch() == epoch {
		t.Error("the epoch is the one before")
	}
	if got := plain(t, f.exported(f.site)); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, c := range []struct{ from models.Cursor }{{before}, {lost}} {
		now, ok := f.Translate(c.from)
		if !ok || now.Epoch != f.Epoch() || now.Seq < before.Seq || now.Seq > f.Position().Seq {
			t.Errorf("the cursor %v goes on at %v, %v", c.from, now, ok)
		}
	}
	next := f.comment("next", "x")
	f.decide(judgement(next, models.Approve))
	now, _ := f.Translate(lost)
	if ds, _, err := f.Feed(t.Context(), f.site.ID, now.Seq, 10); err != nil || len(ds) != 1 || ds[0].CommentID != "next" {
		t.Errorf("a reader from before the restore goes on with %v, %v", ds, err)
	}
	f.sound()

	// The same backup again, and a backup of what was restored.
	again := f.backup()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, again, again} {
		restored(t, f.opts.Dir, file)
	}
	f.start()
	f.sound()
}

func TestWhatIsWrittenDuringABackupIsInItOrNot(t *testing.T) {
	f := open(t)
	for i := range 300 {
		f.decide(judgement(f.comment(fmt.Sprint("before-", i), strings.Repeat("long ", 2000)), models.Hold))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			r := f.revision(fmt.Sprint("during-", i), "x")
			if _, err := f.Accept(t.Context(), r); err != nil {
				t.Error(err)
				return
			}
			if err := f.Decide(t.Context(), []models.Judgement{judgement(r, models.Hold)}); err != nil {
				t.Error(err)
			}
		}
	})
	path := f.backup()
	cancel()
	writing.Wait()
	g := &fixture{t: t, opts: Options{Dir: t.TempDir()}}
	restored(t, g.opts.Dir, path)
	g.start()
	g.sound()
	if n := g.number("SELECT count(*) FROM revisions WHERE comment_id LIKE 'before-%'"); n != 300 {
		t.Errorf("%d of 300 comments are in the backup", n)
	}
	if n := g.number("SELECT count(*) FROM decisions") - g.number("SELECT count(*) FROM revisions"); n != 0 && n != -1 {
		t.Errorf("%d decisions more than revisions", n)
	}
}

func TestABackupThatCannotBeMadeLeavesNothing(t *testing.T) {
	f := open(t)
	path := f.backup()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Backup(t.Context(), path, false, nil); !errors.Is(err, models.ErrConflict) {
		t.Errorf("over a file that is there: %v", err)
	}
	if now, _ := os.ReadFile(path); !slices.Equal(now, old) {
		t.Error("the file that was there is another")
	}
	if _, err := f.Backup(t.Context(), path, true, nil); err != nil {
		t.Errorf("forced: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	other := filepath.Join(t.TempDir(), "other")
	if _, err := f.Backup(ctx, other, false, nil); err == nil {
		t.Error("a backup whose caller has left was made")
	}
	if list, _ := filepath.Glob(other + "*"); len(list) > 0 {
		t.Errorf("left %v", list)
	}
	if _, err := f.Backup(t.Context(), filepath.Join(other, "no", "such"), false, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into no directory: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Backup(t.Context(), other, false, nil); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("of a closed store: %v", err)
	}
}

func TestWhatIsNoBackupChangesNothing(t *testing.T) {
	f := open(t)
	f.comment("c", strings.Repeat("x", 60_000))
	good, err := os.ReadFile(f.backup())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	state := func() (list []string) {
		files, err := os.ReadDir(f.opts.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, _ := os.ReadFile(filepath.Join(f.opts.Dir, file.Name()))
			list = append(list, fmt.Sprintf("%s %d %x", file.Name(), len(b), models.HashKey(string(b))))
		}
		return list
	}
	before := state()
	damaged := slices.Clone(good)
	for i := len(damaged) / 3; i < len(damaged)/3+9000; i++ {
		damaged[i] ^= 0x5a
	}
	change := func(query string) []byte {
		path := filepath.Join(t.TempDir(), "changed")
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite3", fileURL(path))
		if err == nil {
			_, err = db.Exec(query)
		}
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(path)
		return b
	}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":   {nil, "no backup of winnow's"},
		"text":    {[]byte(strings.Repeat("no database ", 100)), "no SQLite database"},
		"cut":     {good[:len(good)/2], "damaged"},
		"damaged": {damaged, "damaged"},
		"foreign": {change("PRAGMA application_id = 1"), "no backup of winnow's"},
		"newer":   {change("PRAGMA user_version = 999"), "newer winnow (schema 999"},
		"plain":   {change("DROP TABLE backup"), "no backup: `winnow backup`"},
		"partial": {change("DELETE FROM backup"), "not complete"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Restore(t.Context(), f.opts.Dir, path, nil, time.Now())
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if after := state(); !slices.Equal(after, before) {
			t.Errorf("%s changed %v to %v", name, before, after)
		}
	}
	if _, err := Restore(t.Context(), f.opts.Dir, filepath.Join(t.TempDir(), "none"), nil, time.Now()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// A restore that is killed leaves, after each of its renames, a directory that is
// completed to the new state.
func TestARestoreThatBrokeOffIsCompleted(t *testing.T) {
	f := open(t)
	f.comment("old", "x")
	path := f.backup()
	f.comment("lost", "x")
	crashed := copyDatabase(t, f.opts.Dir) // with its log, as a killed daemon leaves it
	if err := os.WriteFile(filepath.Join(crashed, "winnow.key"), []byte("old key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	moves := [][2]string{
		{"winnow.key", "aside/winnow.key"}, {"restore.new/winnow.key", "winnow.key"},
		{"winnow.db-wal", "aside/winnow.db-wal"}, {"winnow.db", "aside/winnow.db"}, {"restore.new/winnow.db", "winnow.db"},
	}
	for stop := range len(moves) + 1 {
		dir := copyDatabase(t, crashed)
		fresh := filepath.Join(dir, restoreDir)
		if err := prepareRestore(t.Context(), fresh, path, time.Now()); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{"winnow.key": "old key", "restore.new/winnow.key": "key", "restore.new/ready": "aside"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for i, move := range moves[:stop] {
			if err := os.MkdirAll(filepath.Join(dir, "aside"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, move[0]), filepath.Join(dir, move[1])); err != nil {
				t.Fatalf("move %d: %v", i, err)
			}
		}
		if err := FinishRestore(dir); err != nil {
			t.Fatalf("broken off after %d moves: %v", stop, err)
		}
		g := &fixture{t: t, opts: Options{Dir: dir}}
		g.start()
		if n := g.number("SELECT count(*) FROM revisions"); n != 1 {
			t.Errorf("broken off after %d moves: %d comments, want the backup's one", stop, n)
		}
		key, _ := os.ReadFile(filepath.Join(dir, "winnow.key"))
		old, _ := os.ReadFile(filepath.Join(dir, "aside", "winnow.key"))
		if string(key) != "key" || string(old) != "old key" {
			t.Errorf("broken off after %d moves: keys %q and %q", stop, key, old)
		}
		before := &fixture{t: t, opts: Options{Dir: filepath.Join(dir, "aside")}}
		before.start()
		if n := before.number("SELECT count(*) FROM revisions"); n != 2 {
			t.Errorf("broken off after %d moves: what was there before has %d comments, want 2", stop, n)
		}
		if _, err := os.Stat(fresh); err == nil {
			t.Errorf("broken off after %d moves: %s is still there", stop, fresh)
		}
	}
}

// One that is killed before it is prepared to the end leaves the old, whatever is there of
// the new: with its log beside another database nothing could be read any more.
func TestARestoreThatWasNotReadyIsForgotten(t *testing.T) {
	f := open(t)
	f.comment("old", "x")
	path := f.backup()
	f.comment("kept", "x")
	crashed := copyDatabase(t, f.opts.Dir) // with its log, as a killed daemon leaves it
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"", readyName + ".partial", readyName} {
		t.Run(left, func(t *testing.T) {
			dir := copyDatabase(t, crashed)
			before, err := os.ReadFile(filepath.Join(dir, FileName))
			if err != nil {
				t.Fatal(err)
			}
			fresh := filepath.Join(dir, restoreDir)
			if err := prepareRestore(t.Context(), fresh, path, time.Now()); err != nil {
				t.Fatal(err)
			}
			if left != "" {
				if err := os.WriteFile(filepath.Join(fresh, left), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := FinishRestore(dir); err != nil {
				t.Fatal(err)
			}
			if after, err := os.ReadFile(filepath.Join(dir, FileName)); err != nil || !bytes.Equal(after, before) {
				t.Errorf("the database is another one: %v", err)
			}
			g := &fixture{t: t, opts: Options{Dir: dir}}
			g.start()
			if n := g.number("SELECT count(*) FROM revisions"); n != 2 {
				t.Errorf("%d comments, want the two of before", n)
			}
			if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("what was prepared is still there: %v", err)
			}
		})
	}
}
