"""The data sets.

sources    the table: names, files, and what torchvision calls them
mnist      MNIST, which ships with the program, unpacked into the user's cache
download   the other data sets, fetched by torchvision into the same cache
idx        reads the files
dataset    the samples that a training gets, from the cache or a folder
"""
