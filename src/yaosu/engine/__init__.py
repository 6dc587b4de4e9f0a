"""The one writer: stamp, decide, evolve, append, answer; recovery, proof, replay; the only clock."""
