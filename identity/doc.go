// Package identity recognises people, addresses and texts again without keeping
// anything readable of them.
//
//	keyer, err := identity.LoadOrCreate(filepath.Join(dataDir, "identity.key"))
//	revision.Keys = keyer.Keys(site, &comment)
//
// Persons, e-mail addresses and IP addresses become HMAC-SHA256 (RFC 2104) under a
// secret key, cut to 16 bytes. Each kind is hashed apart from the others, so that
// equal keys of two kinds mean nothing. Without the key nobody can tell whether a
// given address is among stored ones, which plain hashes would give away: there
// are only so many addresses. So the key is kept beside the database and not in it.
// A lost key cannot be made again, and what was stored under it is never
// recognised any more.
//
// The hash of the text is not keyed: it tells only of texts that are known anyway.
package identity
