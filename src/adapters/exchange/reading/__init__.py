"""Reading what strangers upload: text files, workbooks and vCards become rows of text cells."""
