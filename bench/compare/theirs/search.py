"""Exact search with faiss: search.py VECTORS ROWS DIMENSIONS. Rows after ROWS are the queries; prints samples and what the first 32 found."""
import json
import sys
import time

import faiss
import numpy

CHECKED, LIMIT, SECONDS = 32, 10, 4

path, rows, dimensions = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
faiss.omp_set_num_threads(2)
numbers = numpy.fromfile(path, dtype=numpy.float32).reshape(-1, dimensions)
index = faiss.IndexFlatIP(dimensions)
index.add(numbers[:rows])
queries = numbers[rows:]

found = []
for query in queries[:CHECKED]:
    scores, ids = index.search(query[None, :], LIMIT)
    found.append({"ids": ids[0].tolist(), "scores": scores[0].tolist()})

samples = []
end = time.perf_counter() + SECONDS
while len(samples) < 3 or time.perf_counter() < end:
    start = time.perf_counter()
    for query in queries:
        index.search(query[None, :], LIMIT)
    samples.append(len(queries) / (time.perf_counter() - start))

print(json.dumps({"unit": "queries/s", "samples": samples, "found": found}))
