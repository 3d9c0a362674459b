package daemon

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/winnowd/winnow/models"
)

// taught is a daemon that has learnt a few labels.
func taught(t *testing.T, dir string) *instance {
	t.Helper()
	d := start(t, testConfig(dir), "")
	for i, id := range []string{"c-1", "c-2", "c-3", "c-4"} {
		d.post(t, id, "cheap pills and kind words "+id)
		if _, err := d.Label(t.Context(), "default", id, models.Labels[i%2], models.OriginSite); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestTheModelOutlivesTheDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ModelFile)
	d := taught(t, dir)
	version := d.model.Version()
	d.end(t)
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("nothing was saved at the stop: %v", err)
	}

	// As after a kill while the next file was being written.
	if err := os.WriteFile(path+".new", saved[:len(saved)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	d = start(t, testConfig(dir), d.key)
	d.send(t, "c-5", "hello", nil) // judged, and so the model is there
	if v := d.model.Version(); v != version {
		t.Errorf("the model is %s, was %s", v, version)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, saved) {
		t.Errorf("the model was built anew; %v", err)
	}
	if _, err := d.Label(t.Context(), "default", "c-5", models.Spam, models.OriginSite); err != nil {
		t.Fatal(err)
	}
	d.end(t)
	if now, err := os.ReadFile(path); err != nil || bytes.Equal(now, saved) {
		t.Errorf("the next label was not saved; %v", err)
	}
}

func TestADamagedModelIsBuiltAnew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ModelFile)
	d := taught(t, dir)
	version := d.model.Version()
	d.end(t)
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	d = start(t, testConfig(dir), d.key)
	d.send(t, "c-5", "hello", nil) // judged, and so the model is there
	if v := d.model.Version(); v != version {
		t.Errorf("the model is %s, was %s", v, version)
	}
}

// An erasure by a command, while no daemon runs, leaves no file either.
func TestErasingWithoutADaemonDeletesTheModelsFile(t *testing.T) {
	dir := t.TempDir()
	d := taught(t, dir)
	d.end(t)
	admin, closeAdmin, err := OpenAdmin(t.Context(), testConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.EraseComments(t.Context(), []models.CommentRef{{SiteID: 1, Site: "default", CommentID: "c-2"}}); err != nil {
		t.Fatal(err)
	}
	if err := closeAdmin(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ModelFile)); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}
