// Command powercut shows that what the program acknowledged as on disk survives a power cut: that pages nobody synced
// are really lost, not only the process killed.
//
//	go run ./bench/powercut             1000 cuts; exit 1 if the promise broke
//	go run ./bench/powercut -control    the same without the checkpoint's sync: exit 0 only if that is caught
//
// Linux, root, /dev/fuse, a loop device and mkfs.ext4 are needed. From the bottom up:
//
//	the rig's memory   an image of a disk that logs every block written and every flush (image.go, fate.go)
//	FUSE               serves the image as a file, unbuffered                          (serve_linux.go)
//	loop device        makes a disk of the file; its flushes are the file's fsyncs     (loop_linux.go)
//	ext4               a real one, with its usual journal                              (rig_linux.go)
//	the program        input, checkpoint and sheet on that disk                        (life_linux.go)
//	the sandbox        in the rig's own process, its bill outside of the disk
//
// At a random moment the power goes: no write and no flush is taken or acknowledged any more. What was flushed stays, of
// what was written since, a random part does, and the program is killed. The disk that is left gets mounted, which
// replays its journal, and the program is started again. When its run came to an end, the power goes right after its
// exit: the sheet must stand. Campaign after campaign goes on like this (campaign_linux.go), judged by the bill.
//
// Two things make it harder than a quiet computer would. In two of three lives something else is busy with the disk: the
// kernel writes dirty pages early, or a neighbour's sync has the journal commit what the program has only half done
// (noise_linux.go). And for every other list ext4 is mounted without its mercy for programs that forget to sync.
//
// What it can't show: on ext4 any sync of a file also makes renames before it last, so a folder's sync that is missing
// goes unnoticed; and a disk that fails a sync and then goes on is another story than one without power.
//
// All mounts are made in a mount namespace of the rig's own (namespace_linux.go): they go with it, however it ends.
package main
