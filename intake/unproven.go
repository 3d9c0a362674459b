package intake

import (
	"errors"
	"io"
	"sync/atomic"
)

// maxUnproven is how much memory bodies may take together, in bytes, while it is not known
// who sent them: a signature is verified when all of its body is there, and anybody may
// say that there will be one.
const maxUnproven = 64 << 20

// crowdedReason is why a body of somebody unknown is refused for which there is no room.
const crowdedReason = "unknown-senders"

// errCrowded tells that there is no room for such a body.
var errCrowded = errors.New("too much is coming from senders that are not known before their signatures are")

// reserve is the memory for bodies of unknown senders.
type reserve struct {
	most  int64 // bytes
	taken atomic.Int64
}

// unproven is a body that takes its room from a reserve.
type unproven struct {
	io.ReadCloser
	from *reserve
	took int64
}

func (u *unproven) Read(b []byte) (int, error) {
	n, err := u.ReadCloser.Read(b)
	u.took += int64(n)
	if u.from.taken.Add(int64(n)) > u.from.most {
		return n, errCrowded
	}
	return n, err
}

// release gives the room back: the sender is known by now, or is refused.
func (u *unproven) release() { u.from.taken.Add(-u.took) }
