package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
)

// restoring is the state of the test: a winnow that is backed up and restored, a blog
// that posts to it, its receiver, and a client that follows the feed all the time.
type restoring struct {
	t        *testing.T
	bin, dir string
	address  *wanderer
	process  *process
	site     *site
	receiver *receiver
	follower *follower
}

// TestEverythingGoesOnAfterARestore takes a backup while deliveries fail and comments
// wait to be judged, lets the world go on, and restores the backup.
func TestEverythingGoesOnAfterARestore(t *testing.T) {
	bin := binary(t)
	for name, beside := range map[string]bool{"taken beside a daemon": true, "taken without a daemon": false} {
		t.Run(name, func(t *testing.T) { restoreAndGoOn(t, bin, beside) })
	}
}

func restoreAndGoOn(t *testing.T, bin string, beside bool) {
	w := &restoring{t: t, bin: bin, dir: t.TempDir(), address: newWanderer(t)}
	w.begin()
	added := (&chaos{t: t, dir: w.dir}).add(t.Context(), "blog", well)
	w.receiver, w.site = added.receiver, w.address.site(t, added.key)
	w.follower = w.address.newFollower(t, added.key)

	w.comment("early", 30, 1)
	early, earlyAt := w.feed("")
	w.receiver.complete(early, "before the backup")
	w.end() // which stores what was delivered
	w.receiver.die()
	w.begin()
	w.comment("waiting", 30, 1)
	waiting, _ := w.feed(earlyAt)
	backup := filepath.Join(t.TempDir(), "backup")
	if beside {
		w.backUpUnderLoad(backup)
	} else {
		w.leaveQueued()
		w.command("backup", backup)
		w.begin()
	}
	queued := w.queuedIn(backup)
	if !beside && len(queued) == 0 {
		t.Fatal("no comment is queued in the backup")
	}

	// What the restore will undo: everything is delivered and read, old comments are edited.
	w.receiver.begin()
	w.comment("late", 20, 1)
	w.comment("early", 10, 2)
	undone, undoneAt := w.feed("")
	w.receiver.complete(undone, "before the restore")
	w.follower.complete(undone, "before the restore")
	w.end()
	w.command("restore", backup)
	w.receiver.forget()
	w.begin()

	for _, id := range queued {
		w.judged(id)
	}
	known := len(early) + len(waiting)
	kept, _ := w.feed("")
	if len(kept) < known || !slices.Equal(ids(kept[:known]), ids(slices.Concat(early, waiting))) {
		t.Fatalf("of %d decisions made before the backup, others are there now: %v", known, ids(kept))
	}
	w.lost("late", 20)
	w.comment("late", 20, 1) // the blog sends them again
	w.comment("early", 5, 2)
	all, _ := w.feed("")
	if again := all[len(kept):]; slices.ContainsFunc(ids(again), func(id string) bool { return slices.Contains(ids(undone), id) }) {
		t.Errorf("ids of decisions that were undone are given again: %v", ids(again))
	}
	w.receiver.complete(all[len(early):], "after the restore")
	if n, _ := w.receiver.missing(early); n != len(early) {
		t.Errorf("%d of %d decisions that were delivered before the backup were delivered again", len(early)-n, len(early))
	}
	w.goesOn(earlyAt, all[len(early):])
	w.goesOn(undoneAt, all[len(kept)-len(queued):])
	w.follower.complete(all, "after the restore")
	if w.follower.restored != 1 {
		t.Errorf("the client told of %d restores", w.follower.restored)
	}
	w.end()
	checkDatabase(t, w.dir)
}

// begin starts the daemon, one that tries failed deliveries again sooner than usual.
func (w *restoring) begin() {
	w.t.Helper()
	w.process = launchHasty(w.t, w.dir)
	w.address.to(w.process.wait(w.t))
}

// end stops the daemon in order.
func (w *restoring) end() {
	w.t.Helper()
	w.process.end(w.t)
	w.process.check(w.t)
}

// command runs a command of winnow's on the directory.
func (w *restoring) command(args ...string) {
	w.t.Helper()
	c := exec.CommandContext(w.t.Context(), w.bin, append(args, "--data-dir", w.dir, "--json")...)
	c.Dir = w.t.TempDir() // no winnow.yaml there
	if out, err := c.CombinedOutput(); err != nil {
		w.t.Fatalf("winnow %v: %v\n%s", args, err, out)
	}
}

// comment posts a revision of each of some comments, waits for the decisions, and labels
// some, so that there is an order to keep.
func (w *restoring) comment(prefix string, n, revision int) {
	w.t.Helper()
	for i := range n {
		id := fmt.Sprint(prefix, "-", i)
		var d decision
		res := w.site.call(w.t, http.MethodPost, "/v1/comments", w.body(id, revision), &d, "Prefer", "wait=30")
		if res.StatusCode != http.StatusOK || d.Revision != revision {
			w.t.Fatalf("comment %s was answered %s and has revision %d", id, res.Status, d.Revision)
		}
		for _, label := range []string{"spam", "ham"}[:i%3] {
			if res := w.site.call(w.t, http.MethodPost, "/v1/comments/"+id+"/label", map[string]any{"label": label}, nil); res.StatusCode != http.StatusOK {
				w.t.Fatalf("label of %s was answered %s", id, res.Status)
			}
		}
	}
}

// body is a comment's revision as the blog posts it.
func (w *restoring) body(id string, revision int) map[string]any {
	return map[string]any{"id": id, "content": text(id, revision), "author": map[string]any{"name": "Ann", "email": "ann@example.com"}}
}

// feed reads the feed from a cursor to its end.
func (w *restoring) feed(cursor string) ([]decision, string) {
	w.t.Helper()
	var all []decision
	for {
		var page struct {
			Decisions []decision
			Cursor    string
			More      bool
		}
		if res := w.site.call(w.t, http.MethodGet, "/v1/decisions?limit=1000&after="+cursor, nil, &page); res.StatusCode != http.StatusOK {
			w.t.Fatalf("the feed answered %s", res.Status)
		}
		all, cursor = append(all, page.Decisions...), page.Cursor
		if !page.More {
			return all, cursor
		}
	}
}

// backUpUnderLoad takes a backup beside the daemon, while comments come in.
func (w *restoring) backUpUnderLoad(file string) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	var clients sync.WaitGroup
	var under sync.Once
	begun := make(chan struct{})
	for n := range killClients {
		clients.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("busy-%d-%d", n, i)
				res, err := w.site.do(w.t.Context(), http.MethodPost, "/v1/comments", w.body(id, 1), nil)
				if err != nil || res.StatusCode != http.StatusAccepted {
					w.t.Errorf("comment %s: %v, %v", id, res, err)
					return
				}
				under.Do(func() { close(begun) })
			}
		})
	}
	<-begun
	w.command("backup", file)
	stop()
	clients.Wait()
}

// leaveQueued kills the daemon when it has accepted comments that it has not judged.
func (w *restoring) leaveQueued() {
	w.t.Helper()
	for try := 0; ; try++ {
		c, err := client.New(client.Options{URL: wanderingURL, Key: w.site.key, HTTP: w.site.http})
		if err != nil {
			w.t.Fatal(err)
		}
		batch := make([]*models.Comment, 400)
		for i := range batch {
			id := fmt.Sprintf("queued-%d-%d", try, i)
			batch[i] = &models.Comment{ID: id, Content: text(id, 3), Author: models.Author{Name: "Ann", Email: "ann@example.com"}}
		}
		if _, err := c.Batch(w.t.Context(), batch); err != nil {
			w.t.Fatal(err)
		}
		w.process.kill()
		<-w.process.done
		if len(w.queuedIn(filepath.Join(w.dir, "winnow.db"))) > 0 {
			return
		}
		if try == 20 {
			w.t.Fatal("all comments are judged before winnow can be killed")
		}
		w.begin()
	}
}

// queuedIn finds the comments that wait to be judged in a database or a backup.
func (w *restoring) queuedIn(file string) []string {
	w.t.Helper()
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: file, RawQuery: "mode=ro"}).String())
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	return column(w.t, db, "SELECT comment_id FROM queued JOIN revisions ON seq = revision_seq ORDER BY seq")
}

// judged waits until a comment is decided, once.
func (w *restoring) judged(id string) {
	w.t.Helper()
	eventually(w.t, "the comment "+id+", queued in the backup, is judged", func() bool {
		var c struct{ History []decision }
		if res := w.site.call(w.t, http.MethodGet, "/v1/comments/"+id, nil, &c); res.StatusCode != http.StatusOK || len(c.History) > 1 {
			w.t.Fatalf("%s is answered %s: %+v", id, res.Status, c)
		}
		return len(c.History) == 1
	})
}

// lost tells of comments that came after the backup and are known.
func (w *restoring) lost(prefix string, n int) {
	w.t.Helper()
	for i := range n {
		id := fmt.Sprint(prefix, "-", i)
		if res := w.site.call(w.t, http.MethodGet, "/v1/comments/"+id, nil, nil); res.StatusCode != http.StatusNotFound {
			w.t.Errorf("%s, accepted after the backup, is answered %s", id, res.Status)
		}
	}
}

// goesOn reads the feed with a cursor from before the restore, as a blog without the
// client does, and must come to read exactly these decisions.
func (w *restoring) goesOn(cursor string, want []decision) {
	w.t.Helper()
	var p struct{ Type, Cursor string }
	res := w.site.call(w.t, http.MethodGet, "/v1/decisions?after="+cursor, nil, &p)
	if res.StatusCode != http.StatusConflict || !strings.HasSuffix(p.Type, "cursor-epoch") || p.Cursor == "" || p.Cursor == cursor {
		w.t.Fatalf("the cursor %s from before the restore is answered %s, %+v", cursor, res.Status, p)
	}
	if got, _ := w.feed(p.Cursor); !slices.Equal(ids(got), ids(want)) {
		w.t.Errorf("from %s the feed goes on at %s with %d decisions, want %d", cursor, p.Cursor, len(got), len(want))
	}
}

func ids(list []decision) []string {
	found := make([]string, len(list))
	for i, d := range list {
		found[i] = d.ID
	}
	return found
}
