// Package checkpoint keeps what must not be forgotten about money: who was asked, who was answered, and whose asking
// was certainly free. It is one append-only local file.
//
// Start at Open (the gate), then Log.Begin, Log.Settle and Log.Void (recording) and Reader.Lookup (asking). log.go
// groups records into commits, scan.go tells a crash from damage, copy.go replaces a file that a crash left behind.
// verify.go says how sound a file is, repair.go makes a new one of what is left of a damaged one, purge.go erases what is
// old.
// What follows specifies the file, so that it can be read without this program.
//
// # States
//
// A person is a 16-byte key. Begin opens an attempt, Settle closes its own attempt with an answer, Void closes its own
// attempt as free. A person with an open attempt newer than their newest settle is in doubt; else, with any settle,
// settled, and the newest settle counts; else new. So a throttled resend does not take away the doubt before it, and a
// throttled renewal leaves the old answer. Neither does an answered resend close the older attempt: who had it sent
// again voids it as Resent. A crash in between leaves them settled all the same: nobody who was answered is asked again.
//
// A void as FoundBilled says that a person found the call in the provider's usage log: charged, and the answer lost.
// Without any answer they then count as settled, without a verdict. After FoundUnbilled they are as before that attempt.
//
// A settle whose answer was erased is a settle still: who was asked, and when, and whether it was charged.
//
// People tell a person's calls apart by a number of six digits behind the person's reference: 100000, and the first
// eight bytes of SHA-256 of the begin's nonce modulo 900000. It stays what it is when attempts are numbered anew.
//
// # Frames
//
// The file is a row of frames. Integers are little-endian, times are nanoseconds since 1970 in UTC as i64 (the least
// i64: no time), a text is its length in bytes as u16, at most 4096, and its bytes.
//
//	length    u32  of the payload, at most 65536
//	checksum  u32  CRC-32C
//	type      u8   the record's type; the top bit is set in the last frame of each commit
//	commit    u64  the number of the commit that this frame belongs to
//	payload
//
// The checksum runs over the frame's offset in the file as u64, then length, type, commit and payload. It starts from
// the header frame's checksum, that of the header itself from 0. So a frame is valid in one place of one file.
//
//	1 header     "mobile3batch checkpoint\n", format version u16 = 1, secret inside u8, secret or fingerprint [32],
//	             created i64, service text
//	2 begin      key [16], attempt u64, nonce [16], time i64
//	3 settle     key [16], attempt u64, time i64, HTTP status u16, result u8, from a sandbox u8,
//	             texts isFee, code, seqNo, resultDesc, mobileChannel, request id. Result 4: erased, the texts empty
//	             but for an isFee of "1"
//	4 void       key [16], attempt u64, time i64, class text
//	5 run start  number u64, time i64, batch start i64, inode u64, pid u64, normaliser u8, input [16],
//	             texts host, program, options
//	6 run end    number u64, time i64, output written u8, why text, count u16 of: name text, value i64
//	7 copy       time i64, inode u64, pid u64, bytes cut u64, host text
//	8 repair     time i64, calls lost u64, bytes lost u64, host text
//
// Attempts and runs are numbered from 1 without a gap in the order of the file. A settle or void names an attempt of the
// same person that is open there. The fingerprint is HMAC-SHA-256 of "mobile3batch checkpoint: which key file is this"
// under the key file's secret.
//
// The options text of a run start may end with a trailer: the byte 1f and, if there are any, "batch=ID" and
// "forgotten=N" with a space between them. ID names the batch whose run it is, in ASCII without spaces; N is how many
// of the run's calls that were not certainly free purges have forgotten. What does not have this form to the letter
// belongs to the options. A call belongs to the run that was under way when it was begun.
//
// # Commits
//
// The header is commit 0. A commit is written with one write and then synced; the next one starts only after that, with
// the next number. Begin returns after the sync. So a frame of commit n+1 in the file proves that commit n was whole and
// on disk. Only a copy record leaves one number out: it is alone in its commit, numbered two above the frame before it,
// and may follow an unfinished commit.
//
// # Recovery
//
// Reading goes from frame to frame. Where no valid frame stands that may follow, at X, the running commit is the
// unfinished one, or the one after the last finished one. Then every byte offset from X on is tried, whatever the length
// at X says:
//
//   - Any valid frame of another commit: ErrCorrupt. A later one proves that the running commit was acknowledged, and an
//     earlier one has no business there. Nothing is skipped, nobody becomes new.
//   - The same for a frame of a later commit that is valid at another place, not before X, than where it stands: bytes
//     were taken out of the file or put in. CRC-32C can be run backwards from the stored checksum, which gives that
//     place modulo 4 GiB. It counts within 64 KiB of where the frame stands, or if the frame behind it was moved alike.
//   - More bytes than one commit can have, from the start of the unfinished one to the end of the file: ErrCorrupt, with
//     their number. A commit has at most 1,114,128: it takes no record more once it has 2^20, and a failed one may leave
//     one byte behind it. What more there is was acknowledged, and is gone.
//   - Else the rest is a torn tail: parts of the one commit that was being written, which may reach the disk in any
//     order, or zeros. Nobody was told that it was on disk, so no request left for it. It is cut at X. Whole frames
//     before X stay, also those of the unfinished commit: they can only show someone in doubt who is not.
//
// Damage inside the very last commit, or in the one before a commit that is torn, can't be told from a tear. Therefore
// EndRun syncs everything and then writes the run's end as a commit of its own: in a file left in order, the last commit
// holds nobody's fate.
//
// A file whose last record is no run's end and no copy record, or that has a tail, was not left in order. Its newest
// pages may be in memory and not on disk (after a failed sync the system says nothing a second time). Open then writes
// the sound part and a copy record to FILE.copy, syncs, writes the header there, syncs, renames it over FILE and syncs
// the folder, all under the locks of both. A crash in between leaves FILE as it was, or the whole copy. Nothing is ever
// cut from a file in its place. Of a file that was left in order, Open writes the last commit once more and syncs it: if
// its sync failed, the system may never have written it. A file shorter than its header, or of zeros, is one whose making was cut short: it is
// made anew.
//
// The lock is on the file itself, which after locking must still be the one at the path. While a copy is made, its own
// lock keeps others out too, for systems on which an open file can't be replaced.
//
// # Repair
//
// A damaged file stays as it is. The frames that are valid in their place, and then those that were moved, at whatever
// offset, are its history, in the order of their places. A new file gets the same header, a repair record as commit 1,
// and the history: commits counted from 2, attempts and runs numbered anew. Changed on the way:
//
//   - An attempt whose settle, or void as Resent or FoundBilled, is left but not its begin gets a begin with that time
//     and a nonce made of what is left, where its number was due. Any other void without its begin is left out.
//   - A void as Resent is left out where no answer to a newer attempt of that person is left before it: the doubt stands.
//   - The end of a run whose start is gone is left out.
//   - If the damaged file was last used as what it is, by its newest run start or copy record, a copy record that names
//     the new file's inode ends it. Else it ends as it is, and Open asks, as it would have asked about the damaged one.
//
// Calls lost are the attempts of which nothing is left, by the holes in their numbers, and as many more as there was
// room for, 65 bytes each, in the holes behind the newest begin that is left. The people they were about look new. A
// reader sums the repair records up, and looks people up under every normaliser: the run that named one may be lost.
//
// The header can't be repaired, but for its checksum: if frames are valid under the one it should have, the rest of it
// is as it was.
//
// # Purge
//
// A purge makes a new file of a sound one: the same header, the same records with attempts numbered anew, settles before
// a time erased. If people are to be forgotten, all records of those are left out of whom none is of that time or later
// and no attempt is open. What that takes from the calls of a run with a batch is added to its start's forgotten=N. A run
// record stands for the purge: its end counts what was taken, and under "callsOn:2026-11-29" how many of those calls may
// have been billed on that day in China, for the newest 32 days. CallsOn adds those counts up. A copy record that names the
// new file's inode ends the file, which then takes the old one's place as a copy does. What the disk keeps of the old
// file's blocks, and backups, are beyond its reach.
//
// # Example
//
// One person asked and answered: header, begin, settle, each a commit of its own.
//
//	at 0: length 4c000000, checksum 232f7ea8, type 81, commit 0000000000000000
//	  6d6f62696c6533626174636820636865636b706f696e740a0100010707070707
//	  0707070707070707070707070707070707070707070707070707070032961cf2
//	  ca8618070073616e64626f78
//	at 93: length 30000000, checksum 8a97004e, type 82, commit 0100000000000000
//	  aabb00000000000000000000000000000100000000000000cc00000000000000
//	  00000000000000000032961cf2ca8618
//	at 158: length 38000000, checksum 260430c4, type 83, commit 0200000000000000
//	  aabb000000000000000000000000000001000000000000000032961cf2ca8618
//	  c80001000100310100300200533100000400434d43430000
package checkpoint
