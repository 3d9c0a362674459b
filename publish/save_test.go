package publish_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
)

// failing fails to store as often as it is told to.
type failing struct {
	publish.Store
	times atomic.Int32
}

func (f *failing) RecordDeliveries(ctx context.Context, p models.LaneProgress) error {
	if f.times.Add(-1) >= 0 {
		return models.ErrUnavailable
	}
	return f.Store.RecordDeliveries(ctx, p)
}

func TestProgressThatCannotBeStoredAtFirstIsStoredLater(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	site := p.site("blog", b.URL)
	store := &failing{Store: p.store}
	store.times.Store(1)
	p.start(func(o *publish.Options) { o.Store = store })
	d := p.decide(site, "c-1")[0]
	b.next(t)
	p.until("the cursor moves", func() bool { return p.lane(site).Cursor == d.Seq })
	if len(b.hits) > 0 {
		t.Error("it was delivered again")
	}
}

// slow stores only when it is let, if it is told to.
type slow struct {
	publish.Store
	hold         atomic.Bool
	begun, letGo chan struct{}
	read         chan struct{}
}

func (s *slow) RecordDeliveries(ctx context.Context, p models.LaneProgress) error {
	if s.hold.CompareAndSwap(true, false) {
		close(s.begun)
		<-s.letGo
	}
	return s.Store.RecordDeliveries(ctx, p)
}

func (s *slow) WaitingDeliveries(ctx context.Context, siteID, after int64, limit int) ([]models.Delivery, error) {
	list, err := s.Store.WaitingDeliveries(ctx, siteID, after, limit)
	s.read <- struct{}{}
	return list, err
}

// TestWhatIsBeingStoredIsNotDeliveredAgain: what is kept is read again while the store is
// about to delete the row of what was delivered meanwhile.
func TestWhatIsBeingStoredIsNotDeliveredAgain(t *testing.T) {
	p := open(t, t.TempDir())
	var calls atomic.Int32
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	site := p.site("blog", b.URL)
	store := &slow{Store: p.store, begun: make(chan struct{}), letGo: make(chan struct{}), read: make(chan struct{}, 100)}
	p.start(func(o *publish.Options) {
		o.Store = store
		for i := range o.Schedule { // the second try comes when the first is stored
			o.Schedule[i] *= 500
		}
	})
	<-store.read
	first := p.decide(site, "c-1")[0]
	b.next(t)
	p.until("the failure is kept", func() bool { return len(p.rows(models.DeliveryWaiting)) == 1 })
	store.hold.Store(true)
	b.next(t) // the second try succeeds
	<-store.begun
	p.pub.Wake(site.ID)
	<-store.read
	close(store.letGo)
	second := p.decide(site, "c-2")[0]
	if h := b.next(t); h.id != second.ID {
		t.Errorf("got %s, %s again", h.comment, first.ID)
	}
	p.until("no row", func() bool { return len(p.rows("")) == 0 })
	p.stop() // every call that was begun is over
	if len(b.hits) > 0 {
		t.Errorf("%s was delivered again", (<-b.hits).comment)
	}
}
