"""The data sets.

sources    the table: names, files, and what torchvision calls them
mnist      MNIST, which ships with the program, unpacked into the user's cache
download   the other data sets, fetched by torchvision into the same cache
idx        reads the files
dataset    the samples that a training gets, and how they are read from the cache or a folder
sequences  the samples of a file of somebody's own sequences
rules      which arrays such a file may hold
labels     its labels, and the names of the classes
npz        reads the arrays, and takes no memory that a header only promises
"""
