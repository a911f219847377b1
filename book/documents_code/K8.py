import torch
from torch import nn
from transformers import BertTokenizer, BertModel

# 初始化模型和分词器
tokenizer = BertTokenizer.from_pretrained('bert-base-uncased')
model = BertModel.from_pretrained('bert-base-uncased')

# 输入文本
text = "Hello, world!"

# 数据预处理
inputs = tokenizer(text, return_tensors='pt')

# 模型训练
outputs = model(**inputs)

# 获取模型的输出
last_hidden_state = outputs.last_hidden_state
