// Command check tells whether a ledger of saphan is what it says to be. It shares no code with
// saphan: signatures, proofs and tree hashes are those of golang.org/x/mod/sumdb, which was written
// for the checksum database of the Go language. It writes nothing and needs no network unless a
// source is an address.
//
// It ends with 0 and says what holds, or with 1 and says what does not.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

const usage = `usage:
  check checkpoint FILE|URL VKEY...       who signed it; the first key is the log's own
  check proof PROOF LEAF VKEY...          the bytes in LEAF are in the tree that the log signed
  check growth OLD REQUEST VKEY...        the tree of checkpoint OLD is the beginning of a later one;
                                          REQUEST as a log sends it to a witness
  check tiles FOLDER|URL VKEY...          every tile, and all of them together against the checkpoint
  check leaf FOLDER|URL INDEX LEAF VKEY...  the bytes in LEAF stand at INDEX, proved from tiles
  check export FOLDER VKEY...             tiles, records and checkpoints of an export`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	said, err := run(os.Args[1], os.Args[2:])
	if errors.Is(err, errUsage) {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	for _, line := range said {
		fmt.Println(line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "REFUSED:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

// run does what one command asks; what it says before an error holds.
func run(command string, words []string) ([]string, error) {
	files, known := map[string]int{
		"checkpoint": 1, "proof": 2, "growth": 2, "tiles": 1, "leaf": 3, "export": 1,
	}[command]
	if !known || len(words) <= files {
		return nil, errUsage
	}
	keys, err := parseKeys(words[files:])
	if err != nil {
		return nil, err
	}
	switch command {
	case "checkpoint":
		return checkCheckpoint(words[0], keys)
	case "proof":
		return checkProofFile(words[0], words[1], keys)
	case "growth":
		return checkGrowthFile(words[0], words[1], keys)
	case "tiles":
		return checkTiles(words[0], keys)
	case "leaf":
		index, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			return nil, errUsage
		}
		return checkLeaf(words[0], index, words[2], keys)
	default:
		return checkExport(words[0], keys)
	}
}
