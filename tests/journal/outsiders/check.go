// Check reads an exported log as a stranger would: with the note and tlog packages of
// golang.org/x/mod/sumdb and nothing of the house.
//
//	check FOLDER|URL VKEY [PROOF | OLD-CHECKPOINT]...
//
// It proves every entry under the checkpoint from the tiles, each earlier checkpoint to be its
// beginning, and each tlog-proof file. The first thing that does not hold ends it with code 1.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

// folder gives out tiles, from a disk or over HTTP; C2SP leaves the height out of the path, Go
// writes it in.
type folder string

func (f folder) Height() int                     { return 8 }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := f.read(tile)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) read(tile tlog.Tile) ([]byte, error) {
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	path = strings.Replace(path, "tile/8/", "tile/", 1)
	return f.file(path)
}

func (f folder) file(path string) ([]byte, error) {
	if !strings.HasPrefix(string(f), "http://") {
		return os.ReadFile(filepath.Join(string(f), path))
	}
	response, err := http.Get(string(f) + "/" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

func main() {
	vkey, err := os.ReadFile(os.Args[2])
	must(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	must(err)
	log := folder(os.Args[1])
	text, err := log.file("checkpoint")
	must(err)
	tree := open(text, verifier)
	reader := tlog.TileHashReader(tree, log)
	entries := checkEntries(log, tree, reader)
	for _, name := range os.Args[3:] {
		data, err := os.ReadFile(name)
		must(err)
		if strings.HasPrefix(string(data), "c2sp.org/tlog-proof@v1\n") {
			checkProof(string(data), verifier)
			continue
		}
		old := open(data, verifier)
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Printf("%s: %d entries, %d files\n", verifier.Name(), entries, len(os.Args)-3)
}

// open checks the signature and reads origin, size and root.
func open(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		must(fmt.Errorf("the origin is %s", lines[0]))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

// checkEntries proves every entry of every bundle under the tree.
func checkEntries(log folder, tree tlog.Tree, reader tlog.HashReader) int64 {
	var number int64
	for number < tree.N {
		tile := tlog.Tile{H: 8, L: -1, N: number / width, W: width}
		if left := tree.N - number; left < width {
			tile.W = int(left)
		}
		data, err := log.read(tile)
		must(err)
		for i := 0; i < tile.W; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				must(fmt.Errorf("the bundle ends before entry %d", number))
			}
			length := int(binary.BigEndian.Uint16(data))
			proof, err := tlog.ProveRecord(tree.N, number, reader)
			must(err)
			leaf := tlog.RecordHash(data[2 : 2+length])
			must(tlog.CheckRecord(proof, tree.N, tree.Hash, number, leaf))
			data = data[2+length:]
			number++
		}
		if len(data) > 0 {
			must(fmt.Errorf("the bundle goes on after entry %d", number))
		}
	}
	return number
}

// checkProof checks a tlog-proof file by itself.
func checkProof(text string, verifier note.Verifier) {
	head, checkpoint, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	header, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		proof = append(proof, hash)
	}
	tree := open([]byte(checkpoint), verifier)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(header)))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
