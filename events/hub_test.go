package events

import (
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func decision(site int64, comment string, seq int64) *models.Decision {
	return &models.Decision{SiteID: site, CommentID: comment, Seq: seq}
}

func drain(c <-chan *models.Decision) (seqs []int64) {
	for {
		select {
		case d := <-c:
			seqs = append(seqs, d.Seq)
		default:
			return seqs
		}
	}
}

func signalled(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestWatchersGetTheDecisionsOfTheirCommentOnly(t *testing.T) {
	var h Hub
	a, stopA := h.Watch(1, "a")
	defer stopA()
	a2, stopA2 := h.Watch(1, "a")
	defer stopA2()
	otherSite, stopOther := h.Watch(2, "a")
	defer stopOther()
	h.Publish([]*models.Decision{decision(1, "a", 1), decision(1, "b", 2), decision(2, "a", 3), decision(1, "a", 4)})
	for name, c := range map[string]<-chan *models.Decision{"first": a, "second": a2} {
		if got := fmt.Sprint(drain(c)); got != "[1 4]" {
			t.Errorf("%s watcher got %s, want [1 4]", name, got)
		}
	}
	if got := fmt.Sprint(drain(otherSite)); got != "[3]" {
		t.Errorf("watcher of the other site got %s, want [3]", got)
	}
}

func TestSlowWatcherKeepsTheNewest(t *testing.T) {
	var h Hub
	c, stop := h.Watch(1, "a")
	defer stop()
	for seq := range int64(3 * backlog) {
		h.Publish([]*models.Decision{decision(1, "a", seq)})
	}
	got := drain(c)
	if len(got) != backlog || got[0] != 2*backlog || got[backlog-1] != 3*backlog-1 {
		t.Errorf("got %v, want the newest %d", got, backlog)
	}
}

func TestStoppedListenersAreForgotten(t *testing.T) {
	var h Hub
	c, stop := h.Watch(1, "a")
	f, stopFollowing := h.Follow(1)
	_, stopOther := h.Watch(1, "a")
	for range 2 {
		stop()
		stopFollowing()
	}
	h.Publish([]*models.Decision{decision(1, "a", 1)})
	if got := drain(c); len(got) != 0 || signalled(f) {
		t.Errorf("stopped listeners got %v", got)
	}
	if h.watching.Load() != 1 || h.following.Load() != 0 {
		t.Errorf("%d watching, %d following, want 1, 0", h.watching.Load(), h.following.Load())
	}
	stopOther()
	if len(h.watchers)+len(h.followers) != 0 {
		t.Errorf("left behind: %v, %v", h.watchers, h.followers)
	}
}

func TestFollowersAreSignalledOnceForMany(t *testing.T) {
	var h Hub
	one, stopOne := h.Follow(1)
	defer stopOne()
	two, stopTwo := h.Follow(2)
	defer stopTwo()
	three, stopThree := h.Follow(3)
	defer stopThree()
	for range 3 {
		h.Publish([]*models.Decision{decision(1, "a", 1), decision(2, "b", 2), decision(1, "c", 3)})
	}
	if !signalled(one) || signalled(one) || !signalled(two) || signalled(two) {
		t.Error("want exactly one signal for each site with new decisions")
	}
	if signalled(three) {
		t.Error("a site without new decisions was signalled")
	}
}

func TestNothingIsMissedUnderConcurrency(t *testing.T) {
	const writers, each = 4, 500
	var h Hub
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range int64(each) {
				id := fmt.Sprintf("%d-%d", w, i)
				c, stop := h.Watch(int64(w), id)
				grown, stopFollowing := h.Follow(int64(w))
				h.Publish([]*models.Decision{decision(int64(w), id, i)})
				if d := <-c; d.Seq != i {
					t.Errorf("watcher of %s got %d, want %d", id, d.Seq, i)
				}
				<-grown
				stop()
				stopFollowing()
			}
		})
	}
	wg.Wait()
}

func TestPushNeverBlocksWhileTheWatcherReads(t *testing.T) {
	var h Hub
	c, stop := h.Watch(1, "a")
	defer stop()
	const last = 10_000
	go func() {
		for seq := range int64(last) {
			h.Publish([]*models.Decision{decision(1, "a", seq+1)})
		}
	}()
	for before := int64(0); before < last; {
		d := <-c
		if d.Seq <= before {
			t.Fatalf("got %d after %d", d.Seq, before)
		}
		before = d.Seq
	}
}

func BenchmarkPublish(b *testing.B) {
	batch := make([]*models.Decision, 64)
	for i := range batch {
		batch[i] = decision(1, fmt.Sprint("c-", i), int64(i))
	}
	per := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(batch)), "ns/decision")
	}
	b.Run("nobody", func(b *testing.B) {
		var h Hub
		for b.Loop() {
			h.Publish(batch)
		}
		per(b)
	})
	b.Run("one-follower", func(b *testing.B) {
		var h Hub
		_, stop := h.Follow(1)
		defer stop()
		for b.Loop() {
			h.Publish(batch)
		}
		per(b)
	})
	b.Run("watchers=1000", func(b *testing.B) {
		var h Hub
		for i := range 1000 {
			_, stop := h.Watch(1, fmt.Sprint("other-", i))
			b.Cleanup(stop)
		}
		for b.Loop() {
			h.Publish(batch)
		}
		per(b)
	})
}
