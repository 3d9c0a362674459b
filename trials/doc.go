// Package trials tries rules out before they are written into the policy: what a rule
// would have changed in the last 30 days.
//
//	t, err := service.Begin(user, addition)    // goes on by itself
//	t, err = service.Trial(ctx, user, t.ID)    // how far it has come, what came of it
//	t, err = service.Write(ctx, user, t.ID, t.Draft.Version)
//
// A trial replays as many decisions as there are, so it goes on in the background, one at a
// time, and can be stopped. It changes nothing. Whoever may see a site's comments may try
// rules on them; only admins write, because the policy's file is the operator's, and one
// wrong rule approves spam at every site. Trials are kept in memory, for an hour; a restart
// forgets them.
package trials
