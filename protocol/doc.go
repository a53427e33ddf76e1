// Package protocol turns bytes of the PostgreSQL frontend/backend protocol (version 3) into rows and messages, and
// messages into bytes. It knows bytes only: below it is an io.Reader, and it neither waits, nor dials, nor starts
// goroutines.
//
// # A frame
//
// Everything a server sends after the first handshake byte is a frame. Numbers are big endian.
//
//	 0      1               5
//	+------+---------------+----------------- - - - -
//	| type | length        | body
//	+------+---------------+----------------- - - - -
//	        '--- length: these four bytes and the body ---'
//
// A DataRow of one column, the only kind of row that is legal here:
//
//	 0      1               5       7               11
//	+------+---------------+-------+---------------+----------- - - -
//	| 'D'  | length        |   1   | value length  | value
//	+------+---------------+-------+---------------+----------- - - -
//	         = 10 + value length     -1: SQL NULL, and length is 10
//
// # Slabs and rows
//
// A Reader reads into slabs, large buffers, and walks the frames in place. A row is a sub-slice of a slab:
//
//	slab  | T | D row | D row | D row | D ro........ free ........|
//	                                  ^r     ^w                    ^len
//	       handed out ----------------'      '---- More reads here
//	                           unscanned tail: [r, w)
//
// Rows are counted as they are handed out. A slab remembers the count at its last row, and is free once the consumer
// has given back that many rows; no slab needs a reference count. Only an unfinished frame is ever moved: to the
// slab's start when all its rows were given back, else to the next slab. A frame larger than a slab gets a buffer of
// its own, which grows as the bytes come in, is made whole once an eighth of the frame has come, and is dropped
// afterwards. A length that is only claimed allocates nothing. An ErrorResponse or a NoticeResponse above the limit
// needs no buffer for all of it: its texts are cut as they come.
//
// # Who owns what
//
// A Reader and a Decoder are for one goroutine at a time. Rows are valid until they are given back with Free; the
// body of a Message is valid until the next More. Slices handed out have their capacity clipped. In builds with the
// tag invariants, or with the race detector, memory that was given back is overwritten.
//
// Every message but DataRow is decoded and encoded by pgproto3, after a check of its shape: pgproto3 lets some
// malformed messages pass.
package protocol
