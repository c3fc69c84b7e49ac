from benchmarks.allocate import main

main()
